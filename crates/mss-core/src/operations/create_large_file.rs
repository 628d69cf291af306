//! CreateLargeFile: registers a file above 5 GB and gets a URL for each of its parts.

use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};

use super::{Idempotency, Operation, Target, file_fields, request_id, set_app_user_id};
use crate::{
    AppUserId, AssetId, FileCategory, FileId, InvalidInput, PartPlan, UnexpectedAnswer, UploadUrl,
};

/// `POST /v1/{project_id}/large-files`: registers a file that is larger than
/// [`CreateFile`](crate::CreateFile) takes, up to 500 GB.
///
/// How the content then gets to the service, and what the vendor leaves open about it, is said
/// at [`PartPlan`]. A second call makes a second file, so an attempt whose answer got lost isn't
/// repeated.
///
/// Source: [CreateLargeFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateLargeFile.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateLargeFile {
    file_name: String,
    file_type: String,
    parts: PartPlan,
    asset_id: AssetId,
    category: FileCategory,
    app_user_id: Option<AppUserId>,
}

/// The answer to [`CreateLargeFile`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CreatedLargeFile {
    /// Id of the new file.
    pub file_id: FileId,
    /// Where the parts go, at least one; each is a secret. Their number is what counts for
    /// [`PartPlan::new`], whatever was asked for.
    pub upload_urls: Vec<UploadUrl>,
    /// The service's id of this request. Empty only when a lenient client took an answer
    /// without one.
    pub request_id: String,
}

impl CreateLargeFile {
    /// A main file in as few parts as it takes. Its type is the name's extension, in lower case.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the name isn't 1 to 256 characters without control characters and
    /// path separators, has no extension (see [`CreateLargeFile::with_type`]), or the size isn't
    /// 1 to 536,870,912,000 bytes.
    pub fn new(
        file_name: impl Into<String>,
        file_size: u64,
        asset_id: AssetId,
    ) -> Result<Self, InvalidInput> {
        let file_name = file_name.into();
        let file_type = file_fields::type_of_name(&file_name)?;
        Self::with_type(file_name, file_type, file_size, asset_id)
    }

    /// A main file whose type is given: for names without an extension.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] as for [`CreateLargeFile::new`], and when the type isn't 1 to 64
    /// characters without control characters.
    pub fn with_type(
        file_name: impl Into<String>,
        file_type: impl Into<String>,
        file_size: u64,
        asset_id: AssetId,
    ) -> Result<Self, InvalidInput> {
        let (file_name, file_type) = (file_name.into(), file_type.into());
        file_fields::check_name(&file_name)?;
        file_fields::check_type(&file_type)?;
        Ok(Self {
            file_name,
            file_type,
            parts: PartPlan::fewest(file_size)?,
            asset_id,
            category: FileCategory::Main,
            app_user_id: None,
        })
    }

    /// Asks for this many parts. More parts cost more requests, and less has to be sent again
    /// when one fails.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when [`PartPlan::new`] refuses the number.
    pub fn part_count(mut self, count: u32) -> Result<Self, InvalidInput> {
        self.parts = PartPlan::new(self.parts.size(), count)?;
        Ok(self)
    }

    /// The parts of the content, as planned.
    pub fn parts(&self) -> PartPlan {
        self.parts
    }

    /// Sets the file's category within the asset: MAIN, OTHER, PACKAGE, or a word that this
    /// version doesn't know.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] for categories that the document doesn't list for large files.
    pub fn category(mut self, category: FileCategory) -> Result<Self, InvalidInput> {
        use FileCategory::{Cover, Page, Sample, Temporary};
        if matches!(category, Cover | Page | Sample | Temporary) {
            let problem = "of a large file must be one of MAIN, OTHER, PACKAGE";
            let word = category.as_str();
            return Err(InvalidInput::with_value(
                "asset_file_category",
                problem,
                word,
            ));
        }
        self.category = category;
        Ok(self)
    }

    /// Names the third-party user in whose name the call is made (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }
}

#[derive(Serialize)]
struct Body<'a> {
    file_name: &'a str,
    file_size: u64,
    file_type: &'a str,
    asset_id: &'a str,
    asset_file_category: &'a str,
    file_multipart_count: u32,
}

#[derive(Deserialize)]
struct Answer {
    file_id: FileId,
    #[serde(default)]
    upload_urls: Vec<String>,
}

impl Operation for CreateLargeFile {
    type Response = CreatedLargeFile;
    const NAME: &'static str = "CreateLargeFile";
    const IDEMPOTENCY: Idempotency = Idempotency::NotRepeatable;

    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
        let body = serde_json::to_vec(&Body {
            file_name: &self.file_name,
            file_size: self.parts.size(),
            file_type: &self.file_type,
            asset_id: self.asset_id.as_str(),
            asset_file_category: self.category.as_str(),
            file_multipart_count: self.parts.count(),
        })
        .map_err(|_| InvalidInput::new("file_name", "can't be written as JSON"))?;
        let mut request = target.request(Method::POST, "large-files", body)?;
        set_app_user_id(&mut request, self.app_user_id.as_ref())?;
        Ok(request)
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<CreatedLargeFile, UnexpectedAnswer> {
        // serde's own message could repeat a URL, so only the fact is passed on.
        let body: Answer = serde_json::from_slice(answer.body()).map_err(|_| {
            UnexpectedAnswer::new("no usable file_id and upload_urls in the answer")
        })?;
        let unexpected = |problem: &str| UnexpectedAnswer::naming(body.file_id.clone(), problem);
        if body.upload_urls.is_empty() {
            return Err(unexpected("upload_urls is empty"));
        }
        let urls = body.upload_urls.iter().map(|url| UploadUrl::parse(url));
        let upload_urls = urls
            .collect::<Result<_, _>>()
            .map_err(|error| unexpected(&error.to_string()))?;
        Ok(CreatedLargeFile {
            file_id: body.file_id,
            upload_urls,
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
    use crate::{MAX_LARGE_FILE_SIZE, operations::testing};

    fn create(name: &str, size: u64) -> Result<CreateLargeFile, InvalidInput> {
        CreateLargeFile::new(name, size, "asset".parse()?)
    }

    #[test]
    fn all_six_fields_stand_on_the_wire() {
        let create = create("Film.MOV", 6_000_000_000)
            .unwrap()
            .category(FileCategory::Package)
            .unwrap()
            .app_user_id("tester-01".parse().unwrap());
        insta::assert_snapshot!(testing::wire(&create), @r#"
        POST https://metastudio.cn-north-4.myhuaweicloud.com/v1/6a6a1f8354f64dd9b9a614def7b59d83/large-files
        content-type: application/json
        host: metastudio.cn-north-4.myhuaweicloud.com
        x-app-userid: tester-01

        {"file_name":"Film.MOV","file_size":6000000000,"file_type":"mov","asset_id":"asset","asset_file_category":"PACKAGE","file_multipart_count":2}
        "#);
        let in_more = create.part_count(10).unwrap();
        assert!(testing::wire(&in_more).ends_with(r#""file_multipart_count":10}"#));
    }

    #[test]
    fn limits_are_checked_before_anything_is_sent() {
        for (name, size, field) in [
            ("", 1, "file_name"),
            ("a/b.mov", 1, "file_name"),
            ("noextension", 1, "file_type"),
            ("a.mov", 0, "file_size"),
            ("a.mov", MAX_LARGE_FILE_SIZE + 1, "file_size"),
        ] {
            assert_eq!(create(name, size).expect_err(name).field(), field, "{name}");
        }
        let largest = create("a.mov", MAX_LARGE_FILE_SIZE).unwrap();
        for count in [0, 99, 101] {
            let refused = largest.clone().part_count(count).unwrap_err();
            assert_eq!(refused.field(), "file_multipart_count");
        }
        let refused = largest.category(FileCategory::Cover).unwrap_err();
        assert_eq!(refused.field(), "asset_file_category");
        CreateLargeFile::with_type("noextension", "mov", 1, "asset".parse().unwrap()).unwrap();
    }

    #[test]
    fn the_urls_come_in_the_services_order() {
        let answer = testing::answer(
            r#"{"file_id":"f","upload_urls":["https://one/k?Signature=s","https://two/k"]}"#,
        );
        let created = create("a.mov", 1).unwrap().parse(&answer).unwrap();
        let hosts: Vec<_> = created.upload_urls.iter().map(UploadUrl::host).collect();
        assert_eq!(hosts, ["one", "two"]);
        assert_eq!(
            (created.file_id.as_str(), &*created.request_id),
            ("f", "r-1")
        );
    }

    #[test]
    fn answers_without_what_is_promised_are_unexpected() {
        let create = create("a.mov", 1).unwrap();
        for body in [
            "{}",
            r#"{"upload_urls":["https://h/canary"]}"#,
            r#"{"file_id":"f"}"#,
            r#"{"file_id":"f","upload_urls":[]}"#,
            r#"{"file_id":"f","upload_urls":null}"#,
            r#"{"file_id":"..","upload_urls":["https://h/canary"]}"#,
            r#"{"file_id":"f","upload_urls":["https://h/k","canary"]}"#,
            r#"{"file_id":"f","upload_urls":["https://h/k","https://u:p@h/canary"]}"#,
            r#"{"file_id":"f","upload_urls":"https://h/canary"}"#,
        ] {
            let error = create.parse(&testing::answer(body)).expect_err(body);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
