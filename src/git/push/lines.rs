//! Git's lines with their length in front.

use gix_packetline::decode;

use crate::git::{GitError, connection::Connection};

/// A line of Git's protocol.
pub(super) enum Line {
    Data(Vec<u8>),
    /// The end of a list.
    End,
}

/// Takes a whole answer apart.
pub(super) fn lines(connection: &Connection, mut bytes: &[u8]) -> Result<Vec<Line>, GitError> {
    let mut lines = Vec::new();
    while !bytes.is_empty() {
        let stream = decode::streaming(bytes);
        match stream.map_err(|error| connection.malformed(error.to_string()))? {
            decode::Stream::Complete { line, bytes_consumed } => {
                lines.push(line.as_slice().map_or(Line::End, |data| Line::Data(data.to_vec())));
                bytes = &bytes[bytes_consumed..];
            }
            decode::Stream::Incomplete { .. } => {
                return Err(connection.malformed("its answer broke off"));
            }
        }
    }
    Ok(lines)
}
