//! Bytes on disk, under names made by us. A version is written whole and flushed before a row may
//! point to it, and never changes afterwards.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use md5::{Digest, Md5};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

pub(crate) struct Files {
    versions: PathBuf,
    unfinished: PathBuf,
}

/// A file that is being received; gone when it is not kept.
pub(crate) struct Unfinished {
    path: Option<PathBuf>,
    pub version: Uuid,
    pub size: u64,
    pub md5: String,
}

pub(crate) enum Received {
    Whole(Unfinished),
    TooLarge,
}

impl Files {
    pub async fn open(root: &Path) -> io::Result<Self> {
        let files = Self {
            versions: root.join("versions"),
            unfinished: root.join("unfinished"),
        };
        // What was being received when the last run ended will not be continued.
        match fs::remove_dir_all(&files.unfinished).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(&files.unfinished).await?;
        fs::create_dir_all(&files.versions).await?;
        Ok(files)
    }

    /// Two letters of the name make a folder, which keeps folders small.
    fn path(&self, version: Uuid) -> PathBuf {
        let name = version.to_string();
        self.versions.join(&name[..2]).join(name)
    }

    /// Writes a stream to disk and flushes it. What exceeds `limit` is read, so that the sender gets
    /// to hear the answer, and thrown away.
    pub async fn receive<E: std::fmt::Display>(
        &self,
        mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
        limit: u64,
    ) -> io::Result<Received> {
        let version = Uuid::new_v4();
        let path = self.unfinished.join(version.to_string());
        let mut file = File::create_new(&path).await?;
        let mut unfinished = Unfinished {
            path: Some(path),
            version,
            size: 0,
            md5: String::new(),
        };
        let mut digest = Md5::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| io::Error::other(error.to_string()))?;
            unfinished.size += chunk.len() as u64;
            if unfinished.size <= limit {
                digest.update(&chunk);
                file.write_all(&chunk).await?;
            }
        }
        if unfinished.size > limit {
            return Ok(Received::TooLarge);
        }
        file.flush().await?;
        file.sync_all().await?;
        unfinished.md5 = hex(&digest.finalize());
        Ok(Received::Whole(unfinished))
    }

    /// Gives a received file its lasting place. It survives a crash once this returns.
    pub async fn keep(&self, unfinished: &mut Unfinished) -> io::Result<()> {
        let target = self.path(unfinished.version);
        if let Some(path) = &unfinished.path {
            make_folder(&target).await?;
            fs::rename(path, &target).await?;
            unfinished.path = None;
            sync_folder(&target).await?;
        }
        Ok(())
    }

    /// Another name for the same bytes, which never change.
    pub async fn copy(&self, from: Uuid) -> io::Result<Uuid> {
        let version = Uuid::new_v4();
        let target = self.path(version);
        make_folder(&target).await?;
        fs::hard_link(self.path(from), &target).await?;
        sync_folder(&target).await?;
        Ok(version)
    }

    pub async fn read(&self, version: Uuid) -> io::Result<File> {
        File::open(self.path(version)).await
    }

    /// Failing to remove leaves an orphan, which the next start sweeps.
    pub async fn remove(&self, version: Uuid) {
        let _ = fs::remove_file(self.path(version)).await;
    }

    /// Removes every version no row points to. Only while no request is served.
    pub async fn sweep(&self, kept: &HashSet<Uuid>) -> io::Result<usize> {
        let mut removed = 0;
        let mut folders = fs::read_dir(&self.versions).await?;
        while let Some(folder) = folders.next_entry().await? {
            let mut entries = fs::read_dir(folder.path()).await?;
            while let Some(entry) = entries.next_entry().await? {
                let name = entry.file_name();
                let version = name.to_str().and_then(|name| name.parse::<Uuid>().ok());
                if version.is_some_and(|version| !kept.contains(&version)) {
                    fs::remove_file(entry.path()).await?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

impl Unfinished {
    /// Bytes that arrived elsewhere, whole and flushed.
    pub fn new(path: PathBuf, version: Uuid, size: u64, md5: String) -> Self {
        Self {
            path: Some(path),
            version,
            size,
            md5,
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn make_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().unwrap_or(file);
    if fs::metadata(folder).await.is_err() {
        fs::create_dir_all(folder).await?;
        sync_folder(folder).await?;
    }
    Ok(())
}

/// A new name in a folder is safe only when the folder is flushed too.
async fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().unwrap_or(file);
    File::open(folder).await?.sync_all().await
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use tokio::io::AsyncReadExt;

    fn chunks(texts: &[&'static str]) -> impl Stream<Item = Result<Bytes, io::Error>> + Unpin {
        stream::iter(
            texts
                .iter()
                .map(|text| Ok(Bytes::from_static(text.as_bytes())))
                .collect::<Vec<_>>(),
        )
    }

    #[tokio::test]
    async fn what_is_kept_stays_and_the_rest_goes() {
        let root = std::env::temp_dir().join(format!("files-{}", Uuid::new_v4()));
        let files = Files::open(&root).await.unwrap();

        let Received::Whole(mut first) = files.receive(chunks(&["hel", "lo"]), 5).await.unwrap()
        else {
            panic!("five bytes fit into five");
        };
        assert_eq!(first.md5, "5d41402abc4b2a76b9719d911017c592");
        files.keep(&mut first).await.unwrap();
        let copy = files.copy(first.version).await.unwrap();
        files.remove(first.version).await;
        let mut text = String::new();
        let mut file = files.read(copy).await.unwrap();
        file.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");

        assert!(matches!(
            files.receive(chunks(&["hel", "lo!"]), 5).await.unwrap(),
            Received::TooLarge
        ));
        let broken = stream::iter([Ok(Bytes::from_static(b"a")), Err("connection reset")]);
        assert!(files.receive(broken, 5).await.is_err());
        assert_eq!(
            std::fs::read_dir(root.join("unfinished")).unwrap().count(),
            0
        );

        let orphan = files.copy(copy).await.unwrap();
        assert_eq!(files.sweep(&HashSet::from([copy])).await.unwrap(), 1);
        assert!(files.read(orphan).await.is_err());
        assert!(files.read(copy).await.is_ok());
        std::fs::remove_dir_all(root).unwrap();
    }
}
