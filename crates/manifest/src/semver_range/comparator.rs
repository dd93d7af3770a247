//! One comparison of a range.

use std::cmp::Ordering;

use semver::Version;

/// How a comparator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=` or nothing: the same version, or a tilde range where parts are missing.
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    /// `~` or `~>`.
    Tilde,
    Caret,
}

/// Which parts of a comparator's version were left out or written as `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Nothing,
    Patch,
    /// And the patch with it.
    Minor,
    /// And all others with it.
    Major,
}

/// An operator and a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparator {
    pub(super) operator: Operator,
    /// Missing parts are zero.
    pub(super) version: Version,
    pub(super) missing: Missing,
}

impl Comparator {
    /// Whether the comparator names a pre-release, which lets its whole alternative match pre-releases.
    pub(super) fn names_prerelease(&self) -> bool {
        !self.version.pre.is_empty()
    }

    /// Whether the version satisfies the comparator; that pre-releases may be excluded is not considered here.
    pub(super) fn matches(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.operator {
            Operator::Equal if self.missing == Missing::Nothing => order == Ordering::Equal,
            Operator::Equal | Operator::Tilde => self.in_tilde_range(version, order),
            Operator::NotEqual => self.differs(version, order),
            Operator::Greater => self.is_below(version, order),
            Operator::Less => order == Ordering::Less,
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::LessOrEqual => self.is_not_below(version, order),
            Operator::Caret => self.in_caret_range(version, order),
        }
    }

    /// `~1.2.3`: the minor version stays; `~1`: the major version stays; `~*` and `~0.0.0`: any.
    fn in_tilde_range(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        let is_zero = (own.major, own.minor, own.patch) == (0, 0, 0);
        let takes_any = match self.missing {
            Missing::Nothing | Missing::Major => is_zero,
            Missing::Minor | Missing::Patch => false,
        };
        order != Ordering::Less
            && (takes_any
                || version.major == own.major && (self.missing == Missing::Minor || version.minor == own.minor))
    }

    /// `!=1.2.3`, and `!=1.2` for all of 1.2.
    fn differs(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        match self.missing {
            Missing::Minor => version.major != own.major,
            Missing::Patch => {
                version.major != own.major || version.minor != own.minor || version.pre.cmp(&own.pre).is_ne()
            }
            Missing::Nothing | Missing::Major => order != Ordering::Equal,
        }
    }

    /// `>1.2.3`, and `>1.2` for what follows all of 1.2.
    fn is_below(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        match self.missing {
            Missing::Minor => version.major > own.major,
            Missing::Patch => (version.major, version.minor) > (own.major, own.minor),
            Missing::Nothing | Missing::Major => order == Ordering::Greater,
        }
    }

    /// `<=1.2.3`, and `<=1.2` with all of 1.2.
    fn is_not_below(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        match self.missing {
            Missing::Nothing => order != Ordering::Greater,
            Missing::Minor => version.major <= own.major,
            Missing::Patch | Missing::Major => (version.major, version.minor) <= (own.major, own.minor),
        }
    }

    /// `^1.2.3`: the first part that is not zero stays.
    fn in_caret_range(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if order == Ordering::Less {
            return false;
        }
        match (own.major, own.minor, self.missing) {
            (1.., _, _) | (_, _, Missing::Minor) => version.major == own.major,
            (0, 1.., _) | (_, _, Missing::Patch) => (version.major, version.minor) == (0, own.minor),
            (0, 0, Missing::Nothing | Missing::Major) => {
                (version.major, version.minor, version.patch) == (0, 0, own.patch)
            }
        }
    }
}
