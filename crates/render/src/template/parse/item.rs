//! The tokens of a template.

use crate::template::format::quote;

/// A piece of a template, as the lexer cuts it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    /// Where it starts, in bytes.
    pub(super) position: usize,
    /// Its text, or what is wrong for [`ItemKind::Error`].
    pub(super) text: String,
    /// The line it starts on, from 1.
    pub(super) line: usize,
}

/// What an [`Item`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemKind {
    Error,
    Bool,
    Character,
    CharacterConstant,
    Complex,
    Assign,
    Declare,
    End,
    Field,
    Identifier,
    LeftDelimiter,
    LeftParenthesis,
    Number,
    Pipe,
    RawString,
    RightDelimiter,
    RightParenthesis,
    Space,
    String,
    Text,
    Variable,
    Keyword(Keyword),
}

/// The words with a meaning of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Keyword {
    /// The keyword that a word is.
    pub(super) fn of(word: &str) -> Option<Keyword> {
        Some(match word {
            "." => Keyword::Dot,
            "block" => Keyword::Block,
            "break" => Keyword::Break,
            "continue" => Keyword::Continue,
            "define" => Keyword::Define,
            "else" => Keyword::Else,
            "end" => Keyword::End,
            "if" => Keyword::If,
            "range" => Keyword::Range,
            "nil" => Keyword::Nil,
            "template" => Keyword::Template,
            "with" => Keyword::With,
            _ => return None,
        })
    }
}

impl Item {
    /// How error texts name the item.
    pub(super) fn describe(&self) -> String {
        match self.kind {
            ItemKind::End => "EOF".to_owned(),
            ItemKind::Error => self.text.clone(),
            ItemKind::Keyword(_) => format!("<{}>", self.text),
            _ if self.text.len() > 10 => {
                let start: String = self.text.chars().take(10).collect();
                format!("{}...", quote::quoted(start.as_bytes()))
            }
            _ => quote::quoted(self.text.as_bytes()),
        }
    }
}
