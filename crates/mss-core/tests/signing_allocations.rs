//! How often signing asks for memory.

use std::hint::black_box;

use mss_core::{
    AppUserId, ConfirmFileUpload, Credentials, Endpoint, FileId, Operation, ProjectId, Target,
    UploadState, signing::Signer,
};
use time::OffsetDateTime;

/// One, for the value of `Authorization`, which is handed out. None would mean that nothing is
/// counted.
#[test]
fn signing_a_confirmation_takes_one_allocation() {
    let project_id: ProjectId = "6a6a1f8354f64dd9b9a614def7b59d83".parse().unwrap();
    let file_id: FileId = "24bad716-87b1-45e5-8912-6102f7693265".parse().unwrap();
    let user: AppUserId = "tester-01".parse().unwrap();
    let target = Target {
        endpoint: &Endpoint::of_region("cn-north-4").unwrap(),
        project_id: &project_id,
    };
    let confirm = ConfirmFileUpload::new(file_id, UploadState::Created);
    let signer = Signer::new(&Credentials::new("ACCESSKEY", "SECRETKEY").unwrap());
    for confirm in [confirm.clone(), confirm.app_user_id(user)] {
        let mut request = confirm.request(&target).unwrap();
        let value = project_id.as_str().parse().unwrap();
        request.headers_mut().insert("x-project-id", value);
        let counted = allocation_counter::measure(|| {
            black_box(signer.sign(&request, OffsetDateTime::UNIX_EPOCH).unwrap());
        });
        assert_eq!(counted.count_total, 1, "{counted:?}");
    }
}
