//! CreateFile: registers a file and gets the URL for its content.

use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};

use super::{Idempotency, Operation, Target, file_fields, request_id, set_app_user_id};
use crate::{
    AppUserId, AssetId, ContentMd5, FileCategory, FileId, InvalidInput, UnexpectedAnswer, UploadUrl,
};

/// Largest file that CreateFile takes, in bytes: 5 GiB.
pub const MAX_FILE_SIZE: u64 = 5_368_709_120;

/// `POST /v1/{project_id}/files`: registers a file of an asset.
///
/// A second call makes a second file, so an attempt whose answer got lost isn't repeated.
///
/// Source: [CreateFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateFile {
    file_name: String,
    file_type: String,
    file_size: u64,
    file_md5: ContentMd5,
    asset_id: AssetId,
    category: FileCategory,
    app_user_id: Option<AppUserId>,
}

/// The answer to [`CreateFile`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CreatedFile {
    /// Id of the new file.
    pub file_id: FileId,
    /// Where the content goes; valid for 24 hours. It is a secret.
    pub upload_url: UploadUrl,
    /// The service's id of this request. Empty only when a lenient client took an answer
    /// without one.
    pub request_id: String,
}

impl CreateFile {
    /// A main file. Its type is the name's extension, in lower case.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the name isn't 1 to 256 characters without control characters and
    /// path separators, has no extension that could be a type (see [`CreateFile::with_type`]), or
    /// the size isn't 1 to 5,368,709,120 bytes.
    pub fn new(
        file_name: impl Into<String>,
        file_size: u64,
        file_md5: ContentMd5,
        asset_id: AssetId,
    ) -> Result<Self, InvalidInput> {
        let file_name = file_name.into();
        let file_type = file_fields::type_of_name(&file_name)?;
        Self::with_type(file_name, file_type, file_size, file_md5, asset_id)
    }

    /// A main file whose type is given: for names without an extension, or with one that says
    /// something else. The type decides about the `Content-Type` of the PUT.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] as for [`CreateFile::new`], and when the type isn't 1 to 64 characters
    /// without control characters.
    pub fn with_type(
        file_name: impl Into<String>,
        file_type: impl Into<String>,
        file_size: u64,
        file_md5: ContentMd5,
        asset_id: AssetId,
    ) -> Result<Self, InvalidInput> {
        let (file_name, file_type) = (file_name.into(), file_type.into());
        file_fields::check_name(&file_name)?;
        check_size(file_size)?;
        file_fields::check_type(&file_type)?;
        Ok(Self {
            file_name,
            file_type,
            file_size,
            file_md5,
            asset_id,
            category: FileCategory::Main,
            app_user_id: None,
        })
    }

    /// Sets the file's category within the asset.
    #[must_use]
    pub fn category(mut self, category: FileCategory) -> Self {
        self.category = category;
        self
    }

    /// Names the third-party user in whose name the call is made (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }

    /// Type of the file: by convention its extension.
    pub fn file_type(&self) -> &str {
        &self.file_type
    }

    /// Size of the content, in bytes.
    pub fn file_size(&self) -> u64 {
        self.file_size
    }

    /// MD5 of the content.
    pub fn file_md5(&self) -> &ContentMd5 {
        &self.file_md5
    }
}

fn check_size(size: u64) -> Result<(), InvalidInput> {
    match size {
        0 => Err(InvalidInput::new(
            "file_size",
            "is 0: the service takes no empty files",
        )),
        1..=MAX_FILE_SIZE => Ok(()),
        _ => Err(InvalidInput::new(
            "file_size",
            format!("is {size} bytes; CreateFile takes up to {MAX_FILE_SIZE} (5 GiB)"),
        )),
    }
}

#[derive(Serialize)]
struct Body<'a> {
    file_name: &'a str,
    file_md5: &'a str,
    file_size: u64,
    file_type: &'a str,
    asset_id: &'a str,
    asset_file_category: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    file_id: FileId,
    #[serde(default)]
    upload_url: String,
}

impl Operation for CreateFile {
    type Response = CreatedFile;
    const NAME: &'static str = "CreateFile";
    const IDEMPOTENCY: Idempotency = Idempotency::NotRepeatable;

    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
        let body = serde_json::to_vec(&Body {
            file_name: &self.file_name,
            file_md5: self.file_md5.as_str(),
            file_size: self.file_size,
            file_type: &self.file_type,
            asset_id: self.asset_id.as_str(),
            asset_file_category: self.category.as_str(),
        })
        .map_err(|_| InvalidInput::new("file_name", "can't be written as JSON"))?;
        let mut request = target.request(Method::POST, "files", body)?;
        set_app_user_id(&mut request, self.app_user_id.as_ref())?;
        Ok(request)
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<CreatedFile, UnexpectedAnswer> {
        // serde's own message could repeat the URL, so only the fact is passed on.
        let body: Answer = serde_json::from_slice(answer.body())
            .map_err(|_| UnexpectedAnswer::new("no usable file_id and upload_url in the answer"))?;
        let upload_url = UploadUrl::parse(&body.upload_url).map_err(|unexpected| {
            UnexpectedAnswer::naming(body.file_id.clone(), unexpected.to_string())
        })?;
        Ok(CreatedFile {
            file_id: body.file_id,
            upload_url,
            request_id: request_id(answer),
        })
    }

    fn subject(&self) -> Option<&str> {
        Some(&self.file_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing;

    fn create(name: &str, size: u64) -> Result<CreateFile, InvalidInput> {
        CreateFile::new(name, size, ContentMd5::new([0; 16]), "asset".parse()?)
    }

    #[test]
    fn all_six_fields_stand_on_the_wire() {
        let create = create("Clip \"1\".MP4", 7)
            .unwrap()
            .category(FileCategory::Cover);
        insta::assert_snapshot!(testing::wire(&create), @r#"
        POST https://metastudio.cn-north-4.myhuaweicloud.com/v1/6a6a1f8354f64dd9b9a614def7b59d83/files
        content-type: application/json
        host: metastudio.cn-north-4.myhuaweicloud.com

        {"file_name":"Clip \"1\".MP4","file_md5":"AAAAAAAAAAAAAAAAAAAAAA==","file_size":7,"file_type":"mp4","asset_id":"asset","asset_file_category":"COVER"}
        "#);
    }

    #[test]
    fn f07_limits_are_checked_before_anything_is_sent() {
        let long = format!("{}.mp4", "n".repeat(253));
        for (name, size, field) in [
            ("", 1, "file_name"),
            (long.as_str(), 1, "file_name"),
            ("a/b.mp4", 1, "file_name"),
            ("a\\b.mp4", 1, "file_name"),
            ("a\nb.mp4", 1, "file_name"),
            ("noextension", 1, "file_type"),
            ("dot.", 1, "file_type"),
            ("a.mp4", 0, "file_size"),
            ("a.mp4", MAX_FILE_SIZE + 1, "file_size"),
        ] {
            assert_eq!(create(name, size).expect_err(name).field(), field, "{name}");
        }
        create(&long[1..], MAX_FILE_SIZE).unwrap();
    }

    #[test]
    fn a_given_type_stands_in_for_the_extension() {
        let with_type = |name, file_type: &str| {
            let md5 = ContentMd5::new([0; 16]);
            CreateFile::with_type(name, file_type, 1, md5, "asset".parse().unwrap())
        };
        let given = with_type("noextension", "MP4").unwrap();
        assert_eq!(given.file_type(), "MP4");
        assert!(testing::wire(&given).contains(r#""file_name":"noextension""#));
        assert_eq!(with_type("a.bin", "mp4").unwrap().file_type(), "mp4");
        for bad in ["", &"t".repeat(65), "m\np4", "m\0"] {
            assert_eq!(with_type("a", bad).expect_err(bad).field(), "file_type");
        }
        assert_eq!(with_type("", "mp4").unwrap_err().field(), "file_name");
    }

    #[test]
    fn f39_answers_without_what_is_promised_are_unexpected() {
        let create = create("a.mp4", 1).unwrap();
        for body in [
            "{}",
            r#"{"file_id":"f"}"#,
            r#"{"file_id":"","upload_url":"https://h/"}"#,
            r#"{"file_id":"..","upload_url":"https://h/"}"#,
            r#"{"file_id":"f","upload_url":""}"#,
            r#"{"file_id":"f","upload_url":"file:///x"}"#,
            r#"{"file_id":"f","upload_url":"https://u:p@h/canary"}"#,
            r#"{"file_id":"f","upload_url":"https://h/canary\r\nX: y"}"#,
            r#"{"file_id":"f","upload_url":17}"#,
        ] {
            let answer = Response::new(body.as_bytes().to_vec());
            let error = create.parse(&answer).expect_err(body);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
