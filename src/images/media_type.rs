//! The forms of pictures that are taken.

use crate::platform::{
    closed::closed,
    error::{Code, Error, Result},
};

closed! {
    /// A form of pictures that every reader of the portal can show.
    pub enum MediaType {
        Png = "image/png",
        Jpeg = "image/jpeg",
        Gif = "image/gif",
    }
}

impl MediaType {
    /// By what its first bytes say, whatever the header does: nothing else is served under such a name.
    pub(super) fn of(bytes: &[u8]) -> Result<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Ok(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Ok(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Self::Gif),
            _ => Err(Error::new(Code::UnsupportedMediaType, "Send a picture in PNG, JPEG or GIF.")),
        }
    }

    /// How names of its files end.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MediaType;

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        assert_eq!(MediaType::of(b"\x89PNG\r\n\x1a\n...").unwrap(), MediaType::Png);
        assert_eq!(MediaType::of(b"GIF89a...").unwrap(), MediaType::Gif);
        assert_eq!(MediaType::of(&[0xFF, 0xD8, 0xFF, 0xE0]).unwrap(), MediaType::Jpeg);
        for other in [&b"<svg onload=alert(1)>"[..], b"%PDF", b""] {
            assert!(MediaType::of(other).is_err());
        }
    }
}
