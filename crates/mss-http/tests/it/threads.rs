//! Many threads, one client.

use std::thread;

use mss_http::{FileId, UploadState};

use crate::support::{Server, client, ok_with};

#[test]
fn f61_every_answer_is_its_own_requests() {
    const THREADS: usize = 32;
    const CALLS: usize = 200;
    // The last segment but one of the path comes back as the request id.
    let server = Server::raw(|connection, _| {
        while let Some(head) = connection.head() {
            if connection.body(&head).is_none() {
                return;
            }
            let id = head.split('/').nth(4).unwrap_or_default();
            if !connection.send(ok_with(id)) {
                return;
            }
        }
    });
    let client = client(&server);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let client = client.clone();
            scope.spawn(move || {
                for call in 0..CALLS {
                    let id: FileId = format!("file-{number}-{call}").parse().unwrap();
                    let confirmed = client
                        .confirm_file_upload(&id, UploadState::Created)
                        .unwrap();
                    assert_eq!(confirmed.request_id, id.as_str());
                }
            });
        }
    });
    let connections = server.connections();
    assert!(connections <= THREADS, "{connections} connections");
}

#[test]
fn f61_a_client_may_go_while_its_clones_work() {
    let server = Server::script([crate::support::Act::ok()]);
    let first = client(&server);
    let second = first.clone();
    drop(first);
    second
        .confirm_file_upload(&"f".parse().unwrap(), UploadState::Failed)
        .unwrap();
    assert_eq!(server.counts(), (1, 1));
}
