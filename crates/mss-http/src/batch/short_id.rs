//! The ids of requests in as little space as they need.

/// A request's id in 17 bytes: a number of 32 lower-case hexadecimal digits, the same with the
/// hyphens of a UUID, or up to 16 bytes of text.
#[derive(Clone, Copy, Default)]
pub(super) struct ShortId {
    bytes: [u8; 16],
    form: Form,
}

#[derive(Clone, Copy, Default)]
enum Form {
    /// Ends at the first zero.
    #[default]
    Text,
    Hex,
    Uuid,
}

/// Where a UUID has its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl ShortId {
    /// None where the id needs more space.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        if text.len() == 32 && base16ct::lower::decode(text, &mut bytes).is_ok() {
            let form = Form::Hex;
            return Some(Self { bytes, form });
        }
        let has_hyphens = |it: &[u8]| HYPHENS.iter().all(|at| it[*at] == b'-');
        if text.len() == 36 && has_hyphens(text.as_bytes()) {
            let digits: String = text.chars().filter(|it| *it != '-').collect();
            if digits.len() == 32 && base16ct::lower::decode(digits, &mut bytes).is_ok() {
                let form = Form::Uuid;
                return Some(Self { bytes, form });
            }
        }
        if text.len() > bytes.len() || text.contains('\0') {
            return None;
        }
        bytes = [0; 16];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        let form = Form::Text;
        Some(Self { bytes, form })
    }

    /// None where there was no id.
    pub(super) fn text(self) -> Option<String> {
        let digits = || format!("{:032x}", u128::from_be_bytes(self.bytes));
        match self.form {
            Form::Hex => Some(digits()),
            Form::Uuid => {
                let mut text = digits();
                for at in HYPHENS {
                    text.insert(at, '-');
                }
                Some(text)
            }
            Form::Text => {
                let text = self.bytes.split(|byte| *byte == 0).next()?;
                let text = String::from_utf8(text.to_vec()).ok()?;
                Some(text).filter(|it| !it.is_empty())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_in_comes_out() {
        for id in [
            "0123456789abcdef0123456789abcdef",
            "24bad716-87b1-45e5-8912-6102f7693265",
            "req-1",
            "sixteen letters!",
            "0123456789ABCDEF",
        ] {
            let kept = ShortId::of(id).and_then(ShortId::text);
            assert_eq!(kept.as_deref(), Some(id));
        }
        assert_eq!(ShortId::of("").and_then(ShortId::text), None);
        for long in [
            "seventeen letters",
            "0123456789ABCDEF0123456789abcdef",
            "24bad716-87b1-45e5-8912-6102f769326-",
            "24bad716x87b1x45e5x8912x6102f7693265",
        ] {
            assert!(ShortId::of(long).is_none(), "{long}");
        }
    }
}
