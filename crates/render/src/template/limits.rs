//! What rendering may cost.

/// Bounds of one rendering: of all templates of a chart together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Templates, includes and `tpl` inside each other.
    pub max_depth: usize,
    /// Actions executed and iterations of loops.
    pub max_steps: u64,
    /// Bytes of one text or of the output of one template.
    pub max_text: usize,
    /// Bytes and elements that functions may produce altogether.
    pub max_produced: u64,
}

impl Default for Limits {
    /// A depth of 2500, 20 million steps, texts of 32 MiB, 1 GiB produced: the largest charts in use need a hundredth.
    fn default() -> Limits {
        Limits { max_depth: 2_500, max_steps: 20_000_000, max_text: 32 << 20, max_produced: 1 << 30 }
    }
}

/// Which bound was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// Templates call each other without end.
    #[error("exceeded maximum template depth ({0}): do templates include each other without end?")]
    Depth(usize),
    /// A loop without end, or nearly.
    #[error("rendering takes more than {0} steps: does a loop run over something huge?")]
    Steps(u64),
    /// A text too large for any manifest.
    #[error("a text is larger than {0} bytes: no manifest may be that large")]
    Text(usize),
    /// Functions produced too much.
    #[error("functions produced more than {0} bytes: does a loop grow a text or a list without end?")]
    Produced(u64),
}

/// What is used up of [`Limits`].
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    steps: u64,
    produced: u64,
    depth: usize,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Budget {
        Budget { limits, steps: 0, produced: 0, depth: 0 }
    }

    pub(crate) fn step(&mut self) -> Result<(), LimitError> {
        self.steps += 1;
        if self.steps > self.limits.max_steps { Err(LimitError::Steps(self.limits.max_steps)) } else { Ok(()) }
    }

    /// Counts what a function is about to produce.
    pub(crate) fn produce(&mut self, amount: usize) -> Result<(), LimitError> {
        self.text(amount)?;
        self.produced = self.produced.saturating_add(amount as u64);
        if self.produced > self.limits.max_produced {
            return Err(LimitError::Produced(self.limits.max_produced));
        }
        Ok(())
    }

    /// Whether a text may have that many bytes.
    pub(crate) fn text(&self, length: usize) -> Result<(), LimitError> {
        if length > self.limits.max_text { Err(LimitError::Text(self.limits.max_text)) } else { Ok(()) }
    }

    /// One template deeper.
    pub(crate) fn enter(&mut self) -> Result<(), LimitError> {
        if self.depth >= self.limits.max_depth {
            return Err(LimitError::Depth(self.limits.max_depth));
        }
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}
