//! Reading an answer's body within a cap and with a limit on silence.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

/// How long a server may be silent within a body.
const IDLE: Duration = Duration::from_secs(10);

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// More was sent than is read.
    #[error("the answer is larger than {cap} bytes")]
    TooLarge {
        /// The cap in bytes.
        cap: usize,
    },
    /// The server went silent.
    #[error("the answer stopped for {} seconds", IDLE.as_secs())]
    Idle,
    /// The connection broke.
    #[error("the answer broke off")]
    Broken(#[from] reqwest::Error),
}

/// Reads a body of at most `cap` bytes; `truncate` makes the rest not matter.
pub async fn read_body(
    response: &mut reqwest::Response,
    cap: usize,
    truncate: bool,
) -> Result<Bytes, BodyError> {
    let announced = response.content_length().unwrap_or(0);
    if !truncate && announced > cap as u64 {
        return Err(BodyError::TooLarge { cap });
    }
    let mut body = BytesMut::new();
    loop {
        let chunk = tokio::time::timeout(IDLE, response.chunk()).await;
        let Some(chunk) = chunk.map_err(|_| BodyError::Idle)?? else {
            return Ok(body.freeze());
        };
        let room = cap - body.len();
        if chunk.len() <= room {
            body.extend_from_slice(&chunk);
        } else if truncate {
            body.extend_from_slice(&chunk[..room]);
            return Ok(body.freeze());
        } else {
            return Err(BodyError::TooLarge { cap });
        }
    }
}
