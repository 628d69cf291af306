//! Steps 4 and 5: the headers that are signed, and the list of their names.

use http::{HeaderMap, header::AUTHORIZATION};

use super::sink::Sink;

/// A header that is signed: lower-case name, value without outer blanks.
pub(super) type Header<'a> = (&'a str, &'a [u8]);

/// Up to this many headers are sorted on the stack.
const ON_STACK: usize = 16;

/// Hands the headers to be signed to `use_them`, sorted by name and then value: those of the
/// request except `Authorization` and names with `_`, and the `added` ones.
pub(super) fn with_sorted<R>(
    headers: &HeaderMap,
    added: &[Header<'_>],
    use_them: impl FnOnce(&[Header<'_>]) -> R,
) -> R {
    let mut on_stack = [("", &b""[..]); ON_STACK];
    let mut on_heap = Vec::new();
    let slots = if headers.len() + added.len() <= ON_STACK {
        &mut on_stack[..]
    } else {
        on_heap.resize(headers.len() + added.len(), ("", &b""[..]));
        &mut on_heap[..]
    };
    let own = headers
        .iter()
        .filter(|(name, _)| *name != AUTHORIZATION && !name.as_str().contains('_'))
        .map(|(name, value)| (name.as_str(), value.as_bytes().trim_ascii()));
    let mut count = 0;
    for (slot, header) in slots.iter_mut().zip(own.chain(added.iter().copied())) {
        *slot = header;
        count += 1;
    }
    let sorted = &mut slots[..count];
    sorted.sort_unstable();
    use_them(sorted)
}

/// Writes the block of canonical headers: a line each, also for a name that comes twice.
pub(super) fn write(headers: &[Header<'_>], sink: &mut impl Sink) {
    for (name, value) in headers {
        sink.put(name.as_bytes());
        sink.put(b":");
        sink.put(value);
        sink.put(b"\n");
    }
}

/// Writes the names, joined by `;`. A name that comes twice is listed once.
pub(super) fn write_names(headers: &[Header<'_>], sink: &mut impl Sink) {
    for (at, (name, _)) in headers.iter().enumerate() {
        if at > 0 {
            if headers[at - 1].0 == *name {
                continue;
            }
            sink.put(b";");
        }
        sink.put(name.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn canonical(headers: &HeaderMap, added: &[Header<'_>]) -> (String, String) {
        with_sorted(headers, added, |sorted| {
            let (mut block, mut names) = (Vec::new(), Vec::new());
            write(sorted, &mut block);
            write_names(sorted, &mut names);
            (
                String::from_utf8(block).unwrap(),
                String::from_utf8(names).unwrap(),
            )
        })
    }

    #[test]
    fn authorization_and_names_with_an_underscore_are_left_out() {
        let mut headers = HeaderMap::new();
        headers.insert("X-B", HeaderValue::from_static("  two  words "));
        headers.insert("Authorization", HeaderValue::from_static("old"));
        headers.insert("x_hidden", HeaderValue::from_static("1"));
        headers.append("x-a", HeaderValue::from_static("z"));
        headers.append("X-A", HeaderValue::from_static("a"));
        let (block, names) = canonical(&headers, &[("host", b"h")]);
        assert_eq!(block, "host:h\nx-a:a\nx-a:z\nx-b:two  words\n");
        assert_eq!(names, "host;x-a;x-b");
    }

    #[test]
    fn many_headers_are_all_signed() {
        let mut headers = HeaderMap::new();
        for number in 0..100 {
            let name: http::HeaderName = format!("x-{number:03}").parse().unwrap();
            headers.insert(name, HeaderValue::from(number));
        }
        let (block, names) = canonical(&headers, &[]);
        assert_eq!(block.lines().count(), 100);
        assert!(names.starts_with("x-000;x-001;") && names.ends_with(";x-099"));
    }
}
