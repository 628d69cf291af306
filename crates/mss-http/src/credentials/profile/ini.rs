//! INI files as Python's `configparser` reads them, since that is what the vendor's SDK uses.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// Values of this section are seen in all others.
const DEFAULT: &str = "DEFAULT";

/// So many references are followed for one value: enough, and an end for those in a circle.
const REFERENCES: usize = 100;

/// Longest value after its references were followed, in bytes: more than any token has.
const LONGEST: usize = 64 * 1024;

/// A parsed file. All texts are parts of it.
#[derive(Default)]
pub(super) struct Ini<'a> {
    sections: BTreeMap<&'a str, Section<'a>>,
}

pub(super) struct Section<'a> {
    pub(super) name: &'a str,
    pub(super) line: usize,
    entries: BTreeMap<String, Entry<'a>>,
}

pub(super) struct Entry<'a> {
    value: &'a str,
    pub(super) line: usize,
    /// The first indented line after it, which belongs to the value.
    pub(super) continued: Option<usize>,
}

/// Where a file is no INI file, and why. The text doesn't repeat what stands there: it may be a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) problem: String,
}

impl<'a> Ini<'a> {
    /// Comments begin with `#` or `;` and have a line of their own; keys end at the first `=` or
    /// `:` and are the same in capitals; nothing is quoted or escaped; nothing may stand twice.
    pub(super) fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut ini = Self::default();
        let (mut section, mut key) = (None, None);
        let mut indent = 0;
        for (line, text) in (1..).zip(lines(text)) {
            let content = text.trim();
            if content.is_empty() || content.starts_with(['#', ';']) {
                continue;
            }
            let this_indent = text.len() - text.trim_start().len();
            if let Some(entry) = ini.entry_mut(section, key.as_deref())
                && this_indent > indent
            {
                entry.continued.get_or_insert(line);
                continue;
            }
            indent = this_indent;
            let added = if let Some(name) = header(content) {
                (section, key) = (Some(name), None);
                ini.begin(name, line)
            } else {
                ini.add(section, content, line).map(|it| key = Some(it))
            };
            added.map_err(|problem| Malformed { line, problem })?;
        }
        Ok(ini)
    }

    fn begin(&mut self, name: &'a str, line: usize) -> Result<(), String> {
        if let Some(first) = self.sections.get(name) {
            return Err(format!(
                "begins a section that began in line {}",
                first.line
            ));
        }
        let section = Section {
            name,
            line,
            entries: BTreeMap::new(),
        };
        self.sections.insert(name, section);
        Ok(())
    }

    /// Adds an entry and gives its key.
    fn add(
        &mut self,
        section: Option<&str>,
        content: &'a str,
        line: usize,
    ) -> Result<String, String> {
        let section = section.and_then(|name| self.sections.get_mut(name));
        let section = section.ok_or("stands before the first [section]")?;
        let parts = content.split_once(['=', ':']);
        let (key, value) = parts
            .map(|(key, value)| (key.trim_end().to_lowercase(), value.trim_start()))
            .filter(|(key, _)| !key.is_empty())
            .ok_or("is neither [section] nor key = value")?;
        if let Some(first) = section.entries.get(&key) {
            return Err(format!("sets a key that line {} has set", first.line));
        }
        let entry = Entry {
            value,
            line,
            continued: None,
        };
        section.entries.insert(key.clone(), entry);
        Ok(key)
    }

    fn entry_mut(&mut self, section: Option<&str>, key: Option<&str>) -> Option<&mut Entry<'a>> {
        self.sections.get_mut(section?)?.entries.get_mut(key?)
    }

    /// A section by its name, which has to fit in capitals, too.
    pub(super) fn section(&self, name: &str) -> Option<&Section<'a>> {
        self.sections.get(name).filter(|_| name != DEFAULT)
    }

    /// All sections but the one with defaults, by their names.
    pub(super) fn sections(&self) -> impl Iterator<Item = &Section<'a>> {
        let sections = self.sections.values();
        sections.filter(|section| section.name != DEFAULT)
    }

    /// An entry of a section, else the one among the defaults.
    pub(super) fn entry<'s>(
        &'s self,
        section: &'s Section<'a>,
        key: &str,
    ) -> Option<&'s Entry<'a>> {
        let default = || self.sections.get(DEFAULT)?.entries.get(key);
        section.entries.get(key).or_else(default)
    }

    /// A value: `%%` is a `%`, and `%(key)s` the value of another key. Any other `%` is one, where
    /// Python would refuse the file. The error continues a sentence.
    pub(super) fn value(
        &self,
        section: &Section<'a>,
        entry: &Entry<'a>,
    ) -> Result<Zeroizing<String>, &'static str> {
        if !entry.value.contains('%') {
            return Ok(Zeroizing::new(entry.value.to_owned()));
        }
        // As large as it may get: a buffer that grows leaves copies of keys behind.
        let mut value = Zeroizing::new(String::with_capacity(LONGEST));
        self.expand(section, entry.value, &mut { REFERENCES }, &mut value)?;
        Ok(value)
    }

    fn expand(
        &self,
        section: &Section<'a>,
        mut rest: &str,
        left: &mut usize,
        value: &mut String,
    ) -> Result<(), &'static str> {
        while let Some((plain, behind)) = rest.split_once('%') {
            push(value, plain)?;
            let reference = behind.strip_prefix('(').and_then(|it| it.split_once(")s"));
            rest = if let Some((key, behind)) = reference.filter(|(key, _)| !key.is_empty()) {
                let entry = self.entry(section, &key.to_lowercase());
                let entry = entry.ok_or("refers with %(...)s to a key that isn't there")?;
                let problem = "refers with %(...)s to itself, or too often";
                *left = left.checked_sub(1).ok_or(problem)?;
                self.expand(section, entry.value, left, value)?;
                behind
            } else {
                push(value, "%")?;
                behind.strip_prefix('%').unwrap_or(behind)
            };
        }
        push(value, rest)
    }
}

/// Lines that end as Windows, Unix or an old Mac end them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.split('\n');
    lines.flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// The name in brackets. What stands behind them doesn't count.
fn header(content: &str) -> Option<&str> {
    let name = content.strip_prefix('[')?;
    let name = &name[..name.rfind(']')?];
    (!name.is_empty()).then_some(name)
}

fn push(value: &mut String, part: &str) -> Result<(), &'static str> {
    if value.len() + part.len() > LONGEST {
        return Err("gets too long by what it refers to with %(...)s");
    }
    value.push_str(part);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of `[basic]`, as far as a test asks for them.
    fn values<const N: usize>(text: &str, keys: [&str; N]) -> [Option<String>; N] {
        let ini = Ini::parse(text).unwrap_or_else(|it| panic!("{it:?} in {text}"));
        let section = ini.section("basic").unwrap();
        keys.map(|key| {
            let entry = ini.entry(section, key)?;
            Some(ini.value(section, entry).unwrap().to_string())
        })
    }

    #[track_caller]
    fn assert_value(text: &str, value: &str) {
        assert_eq!(values(text, ["sk"]), [Some(value.to_owned())], "{text}");
    }

    /// Each of these was tried with Python's `configparser`.
    #[test]
    fn values_are_what_python_reads() {
        for (text, value) in [
            ("[basic]\nsk=a", "a"),
            ("  [basic]\r\n  SK : a\r\n", "a"),
            ("[basic]\rsk\t=\ta\t\r", "a"),
            ("# x\n[basic] y\n ; x\nsk = a", "a"),
            ("[basic]\nsk = a # b", "a # b"),
            ("[basic]\nsk = #a", "#a"),
            ("[basic]\nsk = \"a\"", "\"a\""),
            ("[basic]\nsk = a:b=c", "a:b=c"),
            ("[basic]\nsk : a=b:c", "a=b:c"),
            ("[basic]\nsk =", ""),
            ("[basic]\nsk = a\\nb", "a\\nb"),
            ("[other]\nsk = b\n[basic]\nsk = a", "a"),
            ("[DEFAULT]\nsk = a\n[basic]\nak = b", "a"),
            ("[DEFAULT]\nsk = b\n[basic]\nsk = a", "a"),
            ("[basic]\nsk = a%%b", "a%b"),
            ("[basic]\nx = 1\nsk = a%(x)sb", "a1b"),
            ("[basic]\nx = 1\nsk = a%(X)sb", "a1b"),
            ("[DEFAULT]\nx = 1\n[basic]\nsk = a%(x)sb", "a1b"),
            ("[basic]\nsk = %(x)s\nx = %(y)s\ny = %%(z)s", "%(z)s"),
        ] {
            assert_value(text, value);
        }
    }

    /// Python reads none of these files.
    #[test]
    fn a_percent_sign_alone_is_one() {
        for value in ["a%b", "ab%", "%", "a%(b", "a%()sb", "100%sure"] {
            assert_value(&format!("[basic]\nsk = {value}"), value);
        }
    }

    #[test]
    fn references_that_lead_nowhere_or_everywhere_are_refused() {
        let long = format!("[basic]\nx = {}\nsk = %(x)s%(x)s", "x".repeat(40_000));
        let many = ('a'..='o').zip('b'..='p').fold(
            "[basic]\np =\nsk = %(a)s\n".to_owned(),
            |text, (from, to)| text + &format!("{from} = %({to})s%({to})s\n"),
        );
        for (text, problem) in [
            ("[basic]\nsk = %(x)s", "that isn't there"),
            ("[basic]\nsk = %(sk)s", "to itself"),
            ("[basic]\nsk = %(x)s\nx = %(sk)s", "to itself"),
            (&many, "too often"),
            (&long, "gets too long"),
        ] {
            let ini = Ini::parse(text).unwrap();
            let section = ini.section("basic").unwrap();
            let entry = ini.entry(section, "sk").unwrap();
            let error = ini.value(section, entry).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn an_indented_line_belongs_to_the_value_before_it() {
        let ini = Ini::parse("[basic]\nak = a\n\n# x\n  sk = b\n  [x]\nsk = c").unwrap();
        let section = ini.section("basic").unwrap();
        assert_eq!(ini.entry(section, "ak").unwrap().continued, Some(5));
        let sk = ini.entry(section, "sk").unwrap();
        assert_eq!((sk.line, sk.value, sk.continued), (7, "c", None));
    }

    #[test]
    fn sections_are_told_apart_by_their_letters() {
        let ini = Ini::parse("[DEFAULT]\n[Basic]\n\n[ basic ]\n[b]a]\n").unwrap();
        let names: Vec<_> = ini.sections().map(|it| (it.name, it.line)).collect();
        assert_eq!(names, [(" basic ", 4), ("Basic", 2), ("b]a", 5)]);
        assert!(ini.section("basic").is_none() && ini.section("DEFAULT").is_none());
    }

    #[test]
    fn a_line_that_is_none_is_named_and_not_shown() {
        for (text, line, problem) in [
            ("\n\ncanary=1\n[basic]", 3, "before the first"),
            ("[]\ncanary=1", 1, "before the first"),
            ("[basic]\n\r\ncanary\n", 3, "neither"),
            ("[basic]\n=canary", 2, "neither"),
            ("[basic]\nCANARY=1\nx=2\ncanary=3", 4, "line 2"),
            ("[canary]\na=1\n[b]\n[canary]", 4, "line 1"),
        ] {
            let Err(malformed) = Ini::parse(text) else {
                panic!("{text}");
            };
            assert_eq!(malformed.line, line, "{malformed:?}");
            assert!(malformed.problem.contains(problem), "{malformed:?}");
            assert!(
                !malformed.problem.to_lowercase().contains("canary"),
                "{malformed:?}"
            );
        }
    }
}
