//! The states of a file.

use serde_json::json;

use crate::support::{call, confirm, emulator, register, unsigned};

#[test]
fn created_needs_content() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let refused = confirm(&emulator, &file.file_id, "CREATED");
    assert_eq!(
        (refused.status, refused.error_code().as_str()),
        (400, "MSS.00000003")
    );
    assert_eq!(emulator.files()[0].state, "CREATING");
    file.put.send(&emulator);
    assert_eq!(confirm(&emulator, &file.file_id, "CREATED").status, 200);
}

#[test]
fn the_same_state_again_is_fine_and_another_is_not() {
    let emulator = emulator();
    for state in ["CREATED", "FAILED", "CANCELLED"] {
        let file = register(&emulator, b"x");
        file.put.send(&emulator);
        for other in ["CREATED", "FAILED", "CANCELLED"] {
            assert_eq!(confirm(&emulator, &file.file_id, state).status, 200);
            let expected = if state == other { 200 } else { 400 };
            let answer = confirm(&emulator, &file.file_id, other);
            assert_eq!(answer.status, expected, "{state}, then {other}");
            if expected == 400 {
                assert!(answer.error_msg().contains(state), "{answer:?}");
            }
        }
        assert_eq!(emulator.files().last().unwrap().state, state);
    }
}

#[test]
fn only_the_three_states_are_known() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let path = format!("/files/{}/complete", file.file_id);
    for body in [
        json!({"state": "created"}),
        json!({"state": "CREATING"}),
        json!({"state": ""}),
        json!({"state": 1}),
        json!({"state": null}),
        json!({}),
        json!([]),
        json!("CREATED"),
    ] {
        let answer = call(&emulator, &path, &body).send(&emulator);
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.error_code(), "MSS.00000003", "{body}");
        assert!(
            answer.error_msg().starts_with("Invalid parameter ["),
            "{body}"
        );
    }
    for body in ["", "{", "state=CREATED", "{\"state\": \"CREATED\"}x"] {
        let answer = unsigned(&emulator, &path, body)
            .signed(emulator.access_key(), emulator.secret_key())
            .send(&emulator);
        assert_eq!(answer.status, 400, "{body}");
    }
    assert_eq!(emulator.files()[0].state, "CREATING");
}

#[test]
fn a_user_id_outside_ascii_is_refused() {
    let emulator = emulator();
    let file = register(&emulator, b"x");
    let with_user = |user: &str| {
        unsigned(
            &emulator,
            &format!("/files/{}/complete", file.file_id),
            "{\"state\":\"FAILED\"}",
        )
        .header("X-App-UserId", user)
        .signed(emulator.access_key(), emulator.secret_key())
        .send(&emulator)
    };
    // The signature itself is good: the answer is no 401.
    let refused = with_user("用户");
    assert_eq!(refused.status, 400);
    assert!(refused.error_msg().contains("X-App-UserId"));
    assert_eq!(with_user("tester-01").status, 200);
}
