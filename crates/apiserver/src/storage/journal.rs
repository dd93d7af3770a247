//! The durable copy of the objects: one `redb` file.

use std::path::Path;

use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};

use super::record::{Change, CollectionKey, Draft, ObjectKey};

/// `group NUL plural NUL namespace NUL name` → revision (8 bytes, big endian) and the object as JSON.
const OBJECTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("objects");
/// `revision` → the last revision given out.
const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
const REVISION: &str = "revision";
/// Objects are read once, at the start; from then on pages are only read to be written.
const CACHE_BYTES: usize = 2 * 1024 * 1024;

/// Why the journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has the file open.
    #[error("{path} is in use by another process; stop that one, or choose another data directory")]
    InUse {
        /// The file.
        path: String,
    },
    /// The file or a folder above it cannot be made or read.
    #[error("cannot open {path}: {cause}")]
    Open {
        /// The file.
        path: String,
        /// What went wrong.
        cause: String,
    },
    /// A transaction failed, mostly because the disk is full or gone.
    #[error("cannot use the journal: {0}")]
    Transaction(#[from] Box<redb::Error>),
    /// The file holds something no server wrote.
    #[error("the journal holds a damaged entry at {key:?}: {cause}; restore the data directory from a copy")]
    Damaged {
        /// The entry.
        key: String,
        /// What is wrong with it.
        cause: String,
    },
}

fn transaction(error: impl Into<redb::Error>) -> JournalError {
    JournalError::Transaction(Box::new(error.into()))
}

/// An open journal.
pub(super) struct Journal {
    database: Database,
}

impl Journal {
    /// Opens or makes the file.
    pub(super) fn open(path: &Path) -> Result<Journal, JournalError> {
        let shown = path.display().to_string();
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(path).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => JournalError::InUse { path: shown.clone() },
            other => JournalError::Open { path: shown.clone(), cause: other.to_string() },
        })?;
        let setup = database.begin_write().map_err(transaction)?;
        setup.open_table(OBJECTS).map_err(transaction)?;
        setup.open_table(COUNTERS).map_err(transaction)?;
        setup.commit().map_err(transaction)?;
        Ok(Journal { database })
    }

    /// The last revision given out; 0 if none was.
    pub(super) fn revision(&self) -> Result<u64, JournalError> {
        let read = self.database.begin_read().map_err(transaction)?;
        let counters = read.open_table(COUNTERS).map_err(transaction)?;
        Ok(counters.get(REVISION).map_err(transaction)?.map_or(0, |value| value.value()))
    }

    /// Hands on every object there is, one at a time.
    pub(super) fn read(&self, mut take: impl FnMut(Draft)) -> Result<(), JournalError> {
        let read = self.database.begin_read().map_err(transaction)?;
        for entry in read.open_table(OBJECTS).map_err(transaction)?.iter().map_err(transaction)? {
            let (key, value) = entry.map_err(transaction)?;
            take(decode(key.value(), value.value())?);
        }
        Ok(())
    }

    /// Makes the writes durable, all or none.
    pub(super) fn append(&self, writes: &[Draft]) -> Result<(), JournalError> {
        let commit = self.database.begin_write().map_err(transaction)?;
        {
            let mut objects = commit.open_table(OBJECTS).map_err(transaction)?;
            let mut counters = commit.open_table(COUNTERS).map_err(transaction)?;
            let mut value = Vec::new();
            for draft in writes {
                let key = encode_key(&draft.collection, &draft.key);
                match draft.change {
                    Change::Put => {
                        value.clear();
                        value.extend_from_slice(&draft.revision.to_be_bytes());
                        value.extend_from_slice(&draft.json);
                        objects.insert(key.as_str(), value.as_slice()).map_err(transaction)?;
                    }
                    Change::Deleted => {
                        objects.remove(key.as_str()).map_err(transaction)?;
                    }
                }
                counters.insert(REVISION, draft.revision).map_err(transaction)?;
            }
        }
        commit.commit().map_err(transaction)
    }
}

fn encode_key(collection: &CollectionKey, key: &ObjectKey) -> String {
    [collection.group.as_str(), &collection.plural, &key.namespace, &key.name].join("\0")
}

fn decode(key: &str, value: &[u8]) -> Result<Draft, JournalError> {
    let damaged = |cause: &str| JournalError::Damaged { key: key.to_owned(), cause: cause.to_owned() };
    let parts: Vec<&str> = key.split('\0').collect();
    let [group, plural, namespace, name] = parts.as_slice() else {
        return Err(damaged("the key does not have four parts"));
    };
    let (revision, json) = value.split_first_chunk::<8>().ok_or_else(|| damaged("it is shorter than a revision"))?;
    let collection = CollectionKey { group: (*group).to_owned(), plural: (*plural).to_owned() };
    let object = ObjectKey::new(*namespace, *name);
    Draft::from_json((collection, object), u64::from_be_bytes(*revision), json)
        .map_err(|error| damaged(&error.to_string()))
}
