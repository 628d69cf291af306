//! What happens to requests on their way, and how it has to be called.

use std::sync::Arc;

use mss_core::explain::{Cause, Part};

use super::Call;
use crate::support::Wire;

type OnWire = Arc<dyn Fn(&mut Wire) + Send + Sync>;
type OnAnswer = Arc<dyn Fn(String) -> String + Send + Sync>;

/// What happens on the way, and how it has to be called.
pub(super) struct Mutation {
    pub(super) name: String,
    pub(super) request: OnWire,
    pub(super) answer: OnAnswer,
    /// The client's secret key, made of the right one.
    pub(super) secret: fn(&str) -> String,
    pub(super) causes: Vec<Cause>,
    pub(super) parts: Vec<Part>,
}

pub(super) fn of_request(
    name: impl Into<String>,
    cause: Cause,
    part: Part,
    change: impl Fn(&mut Wire) + Send + Sync + 'static,
) -> Mutation {
    Mutation {
        name: name.into(),
        request: Arc::new(change),
        answer: Arc::new(|said| said),
        secret: str::to_owned,
        causes: vec![cause],
        parts: vec![part],
    }
}

/// The gateway refuses the request, and what it shows differs in this.
fn of_answer(
    name: String,
    cause: Cause,
    part: Part,
    from: impl Into<String>,
    to: impl Into<String>,
) -> Mutation {
    let (from, to) = (from.into(), to.into());
    let spoil = |wire: &mut Wire| wire.value("authorization").push('0');
    Mutation {
        answer: Arc::new(move |said| {
            assert!(said.contains(&from), "{said}");
            said.replacen(&from, &to, 1)
        }),
        ..of_request(name, cause, part, spoil)
    }
}

fn methods(call: &Call) -> Vec<Mutation> {
    // Others aren't known to our emulator, which says so before it looks at the signature.
    let known: &[&'static str] = if call.method == "POST" {
        &[]
    } else {
        &["GET", "DELETE"]
    };
    let others = known.iter().filter(|name| **name != call.method);
    let on_the_way = others.map(|name| {
        let change = |wire: &mut Wire| wire.method = (*name).into();
        of_request(
            format!("method {name}"),
            Cause::Method,
            Part::Method,
            change,
        )
    });
    let shown = ["PUT", "HEAD", "PATCH", "POSTS", "post"].map(|name| {
        let [from, to] = [call.method, name].map(|name| format!("canonicalRequest:{name}|"));
        of_answer(
            format!("method {name}"),
            Cause::Method,
            Part::Method,
            from,
            to,
        )
    });
    on_the_way.chain(shown).collect()
}

fn split(target: &str) -> (&str, &str) {
    target.split_once('?').expect("all have a query")
}

fn paths() -> Vec<Mutation> {
    type Change = fn(&str) -> String;
    const PROJECT: usize = 2;
    const ID: usize = 4;
    let path: [(&str, usize, Change); 9] = [
        ("longer", ID, |id| format!("{id}s")),
        ("shorter", ID, |id| id[1..].into()),
        ("in capitals", ID, |id| id.to_ascii_uppercase()),
        ("another", ID, |_| "another".into()),
        ("dots", ID, |_| "..".into()),
        ("a slash", ID, |id| format!("x%2F{id}")),
        ("a line end", ID, |id| format!("{id}%0Ax")),
        ("a bar", ID, |id| format!("{id}%7C")),
        ("another project", PROJECT, |_| "another".into()),
    ];
    let encoding: [(&str, usize, Change); 4] = [
        ("encoded twice", ID, |id| id.replace('%', "%25")),
        ("encoded thrice", ID, |id| id.replace('%', "%2525")),
        ("a letter encoded twice", ID, |id| {
            format!("%25{:02x}{}", id.as_bytes()[0], &id[1..])
        }),
        ("a project encoded twice", PROJECT, |id| {
            format!("%25{:02X}{}", id.as_bytes()[0], &id[1..])
        }),
    ];
    let change = |kind: Cause, (name, at, change): (&str, usize, Change)| {
        of_request(format!("path {name}"), kind, Part::Path, move |wire| {
            let (path, query) = split(&wire.target);
            let mut segments: Vec<_> = path.split('/').map(str::to_owned).collect();
            segments[at] = change(&segments[at]);
            wire.target = format!("{}?{query}", segments.join("/"));
        })
    };
    let paths = path.map(|it| change(Cause::Path, it));
    let encodings = encoding.map(|it| change(Cause::PathEncoding, it));
    paths.into_iter().chain(encodings).collect()
}

fn queries() -> Vec<Mutation> {
    type Change = fn(&str) -> String;
    let query: [(&str, Change); 9] = [
        ("another value", |query| format!("{query}9")),
        ("another name", |query| format!("x{query}")),
        ("one more", |query| format!("{query}&z=1")),
        ("one more without value", |query| format!("z&{query}")),
        ("the first taken away", |query| {
            query[query.find('&').unwrap() + 1..].into()
        }),
        ("all taken away", |_| String::new()),
        ("the first twice", |query| {
            format!("{query}&{}", &query[..query.find('&').unwrap()])
        }),
        ("in capitals", |query| {
            query.to_ascii_uppercase().replace("%2B", "%2b")
        }),
        ("a question mark more", |query| format!("?{query}")),
    ];
    let encoding: [(&str, Change); 2] = [
        ("encoded twice", |query| query.replace('%', "%25")),
        ("encoded thrice", |query| query.replace('%', "%2525")),
    ];
    let change = |kind: Cause, name: &str, change: Change| {
        of_request(format!("query {name}"), kind, Part::Query, move |wire| {
            let (path, query) = split(&wire.target);
            wire.target = format!("{path}?{}", change(query));
        })
    };
    let queries = query.map(|(name, it)| change(Cause::Query, name, it));
    let encodings = encoding.map(|(name, it)| change(Cause::QueryEncoding, name, it));
    queries.into_iter().chain(encodings).collect()
}

/// Our emulator sorts, as the documents say; another gateway might not.
fn orders(call: &Call) -> Vec<Mutation> {
    let (_, query) = split(call.path);
    let mut pairs: Vec<_> = query.split('&').map(with_sign).collect();
    pairs.sort();
    let sorted = pairs.join("&");
    let mut orders: Vec<String> = Vec::new();
    for rotation in 1..pairs.len() {
        let mut rotated = pairs.clone();
        rotated.rotate_left(rotation);
        orders.push(rotated.join("&"));
        rotated.reverse();
        orders.push(rotated.join("&"));
    }
    orders.retain(|order| *order != sorted);
    orders.sort();
    orders.dedup();
    let change = |order: String| {
        let name = format!("query order {order}");
        of_answer(name, Cause::QueryOrder, Part::Query, &*sorted, order)
    };
    orders.into_iter().map(change).collect()
}

fn with_sign(pair: &str) -> String {
    if pair.contains('=') {
        pair.into()
    } else {
        format!("{pair}=")
    }
}

fn headers(call: &Call) -> Vec<Mutation> {
    type Change = fn(&str) -> String;
    let changes: [(&str, Change); 7] = [
        ("longer", |value| format!("{value}; charset=utf-8")),
        ("shorter", |value| value[1..].into()),
        ("another", |_| "another".into()),
        ("quoted", |value| format!("\"{value}\"")),
        ("a blank inside", |value| {
            format!("{} {}", &value[..1], &value[1..])
        }),
        ("a line end", |value| format!("{value}|")),
        ("twice in one", |value| format!("{value}, {value}")),
    ];
    let own = call.headers.iter().map(|(name, _)| *name);
    let mut all = Vec::new();
    for name in own.chain(["x-project-id", "x-security-token"]) {
        let part = || Part::Header(name.into());
        for (how, change) in changes {
            let cause = Cause::HeaderChanged(name.into());
            all.push(of_request(
                format!("{name} {how}"),
                cause,
                part(),
                move |wire| {
                    let value = wire.value(name);
                    *value = change(value);
                },
            ));
        }
        let gone = || Cause::HeaderRemoved(name.into());
        all.push(of_request(
            format!("{name} taken away"),
            gone(),
            part(),
            |wire| {
                wire.remove(name);
            },
        ));
        all.push(of_request(
            format!("{name} emptied"),
            gone(),
            part(),
            |wire| {
                wire.value(name).clear();
            },
        ));
        let twice = Cause::HeaderAdded(name.into());
        all.push(of_request(format!("{name} twice"), twice, part(), |wire| {
            let value = wire.value(name).clone();
            wire.add(name, &value);
        }));
    }
    all
}

fn host_and_date() -> Vec<Mutation> {
    let hosts = [
        "metastudio.example.com",
        "127.0.0.1",
        "LOCALHOST:80",
        "127.0.0.1:1",
    ];
    let host = hosts.map(|host| {
        let cause = Cause::HeaderChanged("host".into());
        of_request(
            format!("host {host}"),
            cause,
            Part::Header("host".into()),
            |wire| {
                *wire.value("host") = host.into();
            },
        )
    });
    // Within the 15 minutes: another second, and the day is the same.
    let cause = Cause::HeaderChanged("x-sdk-date".into());
    let date = of_request(
        "another second",
        cause,
        Part::Header("x-sdk-date".into()),
        |wire| {
            let date = wire.value("x-sdk-date");
            let other = if date.ends_with("0Z") { "1Z" } else { "0Z" };
            date.replace_range(date.len() - 2.., other);
        },
    );
    host.into_iter().chain([date]).collect()
}

fn lists() -> Vec<Mutation> {
    let list = |name: &str, cause, header: &str, from: &'static str, to: &'static str| {
        let part = Part::Header(header.into());
        let mutation = of_request(format!("list {name}"), cause, part, move |wire| {
            let value = wire.value("authorization");
            assert!(value.contains(from), "{value}");
            *value = value.replacen(from, to, 1);
        });
        let parts = vec![Part::Header(header.into()), Part::SignedHeaders];
        Mutation { parts, ..mutation }
    };
    let removed = Cause::HeaderRemoved("x-project-id".into());
    let added = Cause::HeaderAdded("user-agent".into());
    vec![
        list("shorter", removed, "x-project-id", "x-project-id;", ""),
        list("longer", added, "user-agent", ";host;", ";host;user-agent;"),
    ]
}

fn bodies() -> Vec<Mutation> {
    type Change = fn(&mut Vec<u8>);
    let changes: [(&str, Change); 6] = [
        ("a line end more", |body| body.push(b'\n')),
        ("a blank in front", |body| body.insert(0, b' ')),
        ("another", |body| *body = b"another".to_vec()),
        ("in UTF-16", |body| *body = [0xff, 0xfe, b'x', 0].to_vec()),
        ("compressed", |body| {
            *body = [0x1f, 0x8b, 8, 0, 0, 0].to_vec();
        }),
        ("long", |body| *body = vec![b'x'; 100_000]),
    ];
    let change = |(name, change): (&str, Change)| {
        of_request(
            format!("body {name}"),
            Cause::BodyHash,
            Part::BodyHash,
            move |wire| {
                change(&mut wire.body);
            },
        )
    };
    changes.map(change).into_iter().collect()
}

fn keys() -> Vec<Mutation> {
    type Secret = fn(&str) -> String;
    let secrets: [(&str, Secret); 5] = [
        ("shorter", |key| key[1..].into()),
        ("longer", |key| format!("{key}x")),
        ("twice", |key| format!("{key}{key}")),
        ("reversed", |key| key.chars().rev().collect()),
        ("another", |_| "planted-secret-key".into()),
    ];
    let with = |(name, secret): (&str, Secret)| Mutation {
        secret,
        parts: Vec::new(),
        ..of_request(format!("key {name}"), Cause::Key, Part::Method, |_| ())
    };
    secrets.map(with).into_iter().collect()
}

fn several() -> Vec<Mutation> {
    let two = |name: &str, causes: [Cause; 2], parts: [Part; 2], change: fn(&mut Wire)| Mutation {
        causes: causes.to_vec(),
        parts: parts.to_vec(),
        ..of_request(name, Cause::Method, Part::Method, change)
    };
    let project = || Cause::HeaderChanged("x-project-id".into());
    let header = || Part::Header("x-project-id".into());
    vec![
        two(
            "path and header",
            [Cause::Path, project()],
            [Part::Path, header()],
            |wire| {
                wire.target = wire.target.replacen("/v1/", "/v1/x", 1);
                wire.value("x-project-id").push('x');
            },
        ),
        two(
            "query and header",
            [Cause::Query, project()],
            [Part::Query, header()],
            |wire| {
                wire.target.push_str("&z=1");
                wire.value("x-project-id").push('x');
            },
        ),
        two(
            "header and body",
            [project(), Cause::BodyHash],
            [header(), Part::BodyHash],
            |wire| {
                wire.value("x-project-id").push('x');
                wire.body.push(b' ');
            },
        ),
    ]
}

pub(super) fn all_of(call: &Call) -> Vec<Mutation> {
    let all = [
        methods(call),
        paths(),
        queries(),
        orders(call),
        headers(call),
        host_and_date(),
        lists(),
        bodies(),
        keys(),
        several(),
    ];
    all.into_iter().flatten().collect()
}
