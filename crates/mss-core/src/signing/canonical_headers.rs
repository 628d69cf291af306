//! Steps 4 and 5: the headers that are signed, and the list of their names.

use http::{HeaderMap, header::AUTHORIZATION};

/// A header that is signed: lower-case name, value without outer blanks.
pub(super) type Header<'a> = (&'a str, &'a [u8]);

/// Up to this many headers need no allocation; our own calls have six at most. More room would
/// cost more than it saves.
const ON_STACK: usize = 8;

/// The headers that a signature covers.
#[derive(Default)]
pub(super) struct CanonicalHeaders<'a> {
    on_stack: [Header<'a>; ON_STACK],
    /// All of them, once there are more than the stack has room for.
    on_heap: Vec<Header<'a>>,
    count: usize,
}

impl<'a> CanonicalHeaders<'a> {
    /// Adds those of a request except `Authorization` and names with `_`.
    pub(super) fn add_all(&mut self, headers: &'a HeaderMap) {
        for (name, value) in headers {
            self.add_unless_unsigned(name.as_str(), value.as_bytes());
        }
    }

    #[allow(clippy::needless_bitwise_bool)] // a lazy operator would be a branch for each byte
    pub(super) fn add_unless_unsigned(&mut self, name: &'a str, value: &'a [u8]) {
        // Looks at every byte instead of stopping at the first: that is a check of many at once.
        let has_underscore = name.bytes().fold(false, |any, byte| any | (byte == b'_'));
        if name != AUTHORIZATION.as_str() && !has_underscore {
            self.add(name, value.trim_ascii());
        }
    }

    pub(super) fn add(&mut self, name: &'a str, value: &'a [u8]) {
        if let Some(free) = self.on_stack.get_mut(self.count) {
            *free = (name, value);
        } else {
            if self.on_heap.is_empty() {
                self.on_heap.extend(self.on_stack);
            }
            self.on_heap.push((name, value));
        }
        self.count += 1;
    }

    /// The values of a header, in the order of the request until the list is sorted.
    pub(super) fn values(&self, wanted: &str) -> impl Iterator<Item = &'a [u8]> {
        let named = self.list().iter().filter(move |(name, _)| *name == wanted);
        named.map(|(_, value)| *value)
    }

    /// The first of a header's values.
    pub(super) fn value(&self, wanted: &str) -> Option<&'a [u8]> {
        self.values(wanted).next()
    }

    /// The headers sorted by name and then value.
    pub(super) fn sorted(&mut self) -> &[Header<'a>] {
        let list = if self.on_heap.is_empty() {
            &mut self.on_stack[..self.count]
        } else {
            &mut self.on_heap[..]
        };
        // Byte by byte, because names differ early: a call for each comparison takes longer.
        list.sort_unstable_by(|(name, value), (other_name, other_value)| {
            let by_name = name.bytes().cmp(other_name.bytes());
            by_name.then_with(|| value.cmp(other_value))
        });
        list
    }

    pub(super) fn list(&self) -> &[Header<'a>] {
        if self.on_heap.is_empty() {
            &self.on_stack[..self.count]
        } else {
            &self.on_heap
        }
    }
}

/// Writes the block of canonical headers: a line each, also for a name that comes twice.
#[inline] // else it isn't, now that each algorithm has its own call
pub(super) fn write(headers: &[Header<'_>], text: &mut Vec<u8>) {
    for (name, value) in headers {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        text.extend_from_slice(value);
        text.push(b'\n');
    }
}

/// Writes the names, joined by `;`. A name that comes twice is listed once.
pub(super) fn write_names(headers: &[Header<'_>], text: &mut Vec<u8>) {
    for (at, (name, _)) in headers.iter().enumerate() {
        if at > 0 {
            if headers[at - 1].0 == *name {
                continue;
            }
            text.push(b';');
        }
        text.extend_from_slice(name.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn canonical(headers: &HeaderMap) -> (String, String) {
        let mut list = CanonicalHeaders::default();
        list.add_all(headers);
        list.add("host", b"h");
        let (mut block, mut names) = (Vec::new(), Vec::new());
        write(list.sorted(), &mut block);
        write_names(list.sorted(), &mut names);
        (
            String::from_utf8(block).unwrap(),
            String::from_utf8(names).unwrap(),
        )
    }

    #[test]
    fn authorization_and_names_with_an_underscore_are_left_out() {
        let mut headers = HeaderMap::new();
        headers.insert("X-B", HeaderValue::from_static("  two  words\t"));
        headers.insert("Authorization", HeaderValue::from_static("old"));
        headers.insert("x_hidden", HeaderValue::from_static("1"));
        headers.append("x-a", HeaderValue::from_static("z"));
        headers.append("X-A", HeaderValue::from_static("a"));
        let (block, names) = canonical(&headers);
        assert_eq!(block, "host:h\nx-a:a\nx-a:z\nx-b:two  words\n");
        assert_eq!(names, "host;x-a;x-b");
    }

    #[test]
    fn any_number_of_headers_is_signed() {
        for count in [0, 1, ON_STACK - 2, ON_STACK - 1, ON_STACK, 100] {
            let mut headers = HeaderMap::new();
            for number in (0..count).rev() {
                let name: http::HeaderName = format!("x-{number:03}").parse().unwrap();
                headers.insert(name, HeaderValue::from(number));
            }
            let (block, names) = canonical(&headers);
            let lines = (0..count).map(|number| format!("x-{number:03}:{number}\n"));
            assert_eq!(
                block,
                format!("host:h\n{}", lines.collect::<Vec<_>>().concat())
            );
            assert_eq!(names.split(';').count(), count + 1);
        }
    }

    #[test]
    fn values_come_in_the_requests_order() {
        let mut headers = HeaderMap::new();
        headers.append("x-a", HeaderValue::from_static(" z "));
        headers.append("x-a", HeaderValue::from_static("a"));
        let mut list = CanonicalHeaders::default();
        list.add_all(&headers);
        assert_eq!(list.value("x-a"), Some(&b"z"[..]));
        assert_eq!(list.values("x-a").count(), 2);
        assert_eq!(list.value("x-b"), None);
    }
}
