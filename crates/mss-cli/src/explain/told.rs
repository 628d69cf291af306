//! An error of this command's own `--json`, which tells its cause already.

use serde_json::Value;

/// The explanation in a saved result; of several the last one.
pub(super) fn explanation(saved: &[u8]) -> Option<Value> {
    let text = str::from_utf8(saved).ok()?;
    let lines = text.lines().rev();
    lines
        .filter(|line| line.contains("\"explanation\""))
        .find_map(|line| {
            let result: Value = serde_json::from_str(line).ok()?;
            let explanation = result.pointer("/error/explanation")?;
            let causes = explanation.get("causes")?.as_array()?;
            (!causes.is_empty()).then(|| explanation.clone())
        })
}

/// Whether a cause is named in it.
pub(super) fn names_a_cause(explanation: &Value) -> bool {
    causes(explanation).any(|cause| text(cause, "kind") != "not_comparable")
}

/// The explanation for a person.
pub(super) fn shown(explanation: &Value) -> String {
    let mut shown = Vec::new();
    for cause in causes(explanation) {
        shown.push(format!("cause: {}", text(cause, "text")));
        shown.push(format!("what to do: {}", text(cause, "advice")));
    }
    shown.push(format!("the server said: {}", text(explanation, "said")));
    let lines = explanation.get("lines").and_then(Value::as_array);
    let differs = |line: &&Value| line.get("differs") == Some(&Value::Bool(true));
    for line in lines.into_iter().flatten().filter(differs) {
        let header = text(line, "header");
        let name = if header.is_empty() {
            text(line, "part")
        } else {
            header
        };
        let (here, there) = (text(line, "here"), text(line, "at_server"));
        shown.push(format!("! {name}: here {here}, at the server {there}"));
    }
    shown.join("\n")
}

fn causes(explanation: &Value) -> impl Iterator<Item = &Value> {
    let causes = explanation.get("causes").and_then(Value::as_array);
    causes.into_iter().flatten()
}

/// A text that a terminal may be given, whoever has written the file.
fn text(value: &Value, name: &str) -> String {
    let text = value.get(name).and_then(Value::as_str).unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).collect()
}
