//! Base 64, base 32, checksums.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha1::Digest as _;

use super::made;
use crate::template::{
    fuel::Fuel,
    functions::{Function, Type::Str},
    values::Value,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("b64enc", &[Str], |args, fuel| made(BASE64_STANDARD.encode(args.str(0)), fuel)),
    Function::new("b64dec", &[Str], |args, fuel| decoded(base64(args.str(0)), "base64", fuel)),
    Function::new("b32enc", &[Str], |args, fuel| made(to_base32(args.str(0).as_bytes()), fuel)),
    Function::new("b32dec", &[Str], |args, fuel| decoded(base32(args.str(0)), "base32", fuel)),
    Function::new("sha1sum", &[Str], |args, _| Ok(hex(&sha1::Sha1::digest(args.str(0))).into())),
    Function::new(
        "sha256sum",
        &[Str],
        |args, _| Ok(hex(&sha2::Sha256::digest(args.str(0))).into()),
    ),
    Function::new(
        "sha512sum",
        &[Str],
        |args, _| Ok(hex(&sha2::Sha512::digest(args.str(0))).into()),
    ),
    Function::new("adler32sum", &[Str], |args, _| Ok(adler32(args.str(0)).to_string().into())),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// RFC 1950.
fn adler32(text: &str) -> u32 {
    let (a, b) = text.bytes().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

/// sprig gives the text of the error where a text does not decode.
fn decoded(result: Result<Vec<u8>, usize>, name: &str, fuel: &mut Fuel) -> Result<Value, String> {
    made(
        match result {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(at) => format!("illegal {name} data at input byte {at}"),
        },
        fuel,
    )
}

fn is_feed(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Go's decoder, for the sake of the byte that it blames: line feeds are
/// skipped, padding is required.
fn base64(text: &str) -> Result<Vec<u8>, usize> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    let after_feeds = |mut at: usize| {
        while bytes.get(at).copied().is_some_and(is_feed) {
            at += 1;
        }
        at
    };
    loop {
        let mut quantum = Vec::with_capacity(4);
        while quantum.len() < 4 {
            let Some(&byte) = bytes.get(at) else {
                return if quantum.is_empty() { Ok(out) } else { Err(at - quantum.len()) };
            };
            at += 1;
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ if is_feed(byte) => continue,
                b'=' if quantum.len() >= 2 => {
                    if quantum.len() == 2 {
                        at = after_feeds(at);
                        match bytes.get(at) {
                            None => return Err(bytes.len()),
                            Some(b'=') => at += 1,
                            Some(_) => return Err(at - 1),
                        }
                    }
                    at = after_feeds(at);
                    unpack(&quantum, 6, &mut out);
                    return if at < bytes.len() { Err(at) } else { Ok(out) };
                }
                _ => return Err(at - 1),
            };
            quantum.push(digit);
        }
        unpack(&quantum, 6, &mut out);
    }
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn to_base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut bits = [0_u8; 8];
        bits[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(bits);
        let digits = (chunk.len() * 8).div_ceil(5);
        for place in 0..8 {
            let digit = usize::try_from(bits >> (35 - 5 * place) & 31).unwrap_or(0);
            text.push(if place < digits { char::from(BASE32[digit]) } else { '=' });
        }
    }
    text
}

fn base32(text: &str) -> Result<Vec<u8>, usize> {
    let bytes: Vec<u8> = text.bytes().filter(|byte| !is_feed(*byte)).collect();
    let mut out = Vec::new();
    for (start, group) in bytes.chunks(8).enumerate().map(|(i, group)| (i * 8, group)) {
        let digits = group.iter().map_while(|byte| BASE32.iter().position(|it| it == byte));
        let digits: Vec<u8> = digits.filter_map(|digit| u8::try_from(digit).ok()).collect();
        let (count, is_last) = (digits.len(), start + 8 >= bytes.len());
        if count < group.len() {
            let pads = &group[count..];
            if pads[0] != b'=' || count < 2 || !is_last {
                return Err(start + count);
            }
            if group.len() < 8 {
                return Err(bytes.len());
            }
            if let Some(other) = pads.iter().position(|byte| *byte != b'=') {
                return Err(start + count + other - 1);
            }
            if matches!(count, 3 | 6) {
                return Err(start + count);
            }
        } else if count < 8 {
            return Err(start);
        }
        unpack(&digits, 5, &mut out);
    }
    Ok(out)
}

/// Whole bytes from digits of so many bits.
fn unpack(digits: &[u8], width: u32, out: &mut Vec<u8>) {
    let (mut bits, mut held) = (0_u32, 0);
    for digit in digits {
        bits = bits << width | u32::from(*digit);
        held += width;
        if held >= 8 {
            held -= 8;
            out.extend((bits >> held).to_le_bytes().first());
            bits &= (1 << held) - 1;
        }
    }
}
