//! A file as its asset shows it.

use serde::{Deserialize, Deserializer};

use crate::{ContentMd5, FileCategory, FileId, FileState, Outcome, Secret, UploadState};

/// A file of an asset, as ShowAsset shows it. What the service left out is `None`.
///
/// Source: [ShowAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/ShowAsset.html).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AssetFile {
    /// Id of the file.
    pub file_id: FileId,
    /// Its state.
    pub state: FileState,
    /// Its name.
    pub file_name: Option<String>,
    /// MD5 of its content as it was announced: base64, 24 characters.
    pub file_md5: Option<String>,
    /// Its size, in bytes.
    pub file_size: Option<u64>,
    /// Its type.
    pub file_type: Option<String>,
    /// Its category within the asset.
    #[serde(rename = "asset_file_category")]
    pub category: Option<FileCategory>,
    /// Where its content can be read; valid for 24 hours. It is a secret.
    #[serde(default, deserialize_with = "secret")]
    pub download_url: Option<Secret>,
    /// Number of the reason for which it is frozen.
    pub block_reason_code: Option<String>,
    /// Why the review failed.
    pub reason: Option<String>,
    /// Of a video: `WAITING`, `TRANSCODING`, `FAILED`, `SUCCEEDED`.
    #[serde(
        default,
        rename = "file_extra_meta",
        deserialize_with = "transcoding_status"
    )]
    pub video_transcoding_status: Option<String>,
}

impl AssetFile {
    /// What the file's state proves about a confirmation whose answer got lost; see
    /// [`FileState::proves`].
    ///
    /// FAILED with a reason proves nothing: the documents use that field for failed reviews,
    /// and a review begins after CREATED was applied.
    pub fn proves(&self, sent: UploadState) -> Outcome {
        let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        if self.state == FileState::Failed
            && (given(&self.reason) || given(&self.block_reason_code))
        {
            return Outcome::Unknown;
        }
        self.state.proves(sent)
    }

    /// Whether this is a file that was registered with this name, size and MD5; a large file
    /// announces no MD5. The service doesn't tell letter case in names apart.
    pub fn is_likely(&self, file_name: &str, file_size: u64, md5: Option<&ContentMd5>) -> bool {
        let same_name = |name: &str| name.to_lowercase() == file_name.to_lowercase();
        let shown_md5 = self.file_md5.as_deref().filter(|md5| !md5.is_empty());
        shown_md5 == md5.map(ContentMd5::as_str)
            && self.file_size.is_none_or(|size| size == file_size)
            && self.file_name.as_deref().is_some_and(same_name)
    }
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty()).map(Secret::new))
}

fn transcoding_status<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct ExtraMeta {
        video_transcoding_status: Option<String>,
    }
    let meta = Option::<ExtraMeta>::deserialize(from)?;
    Ok(meta.and_then(|meta| meta.video_transcoding_status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(more: &str) -> AssetFile {
        serde_json::from_str(&format!(r#"{{"file_id":"f"{more}}}"#)).unwrap()
    }

    #[test]
    fn a_failure_that_a_review_explains_proves_nothing() {
        let plain = file(r#","state":"FAILED","reason":"","block_reason_code":null"#);
        assert_eq!(plain.proves(UploadState::Created), Outcome::NotApplied);
        for reason in [r#""reason":"nudity""#, r#""block_reason_code":"7""#] {
            let reviewed = file(&format!(r#","state":"FAILED",{reason}"#));
            assert_eq!(reviewed.proves(UploadState::Created), Outcome::Unknown);
            assert_eq!(reviewed.proves(UploadState::Failed), Outcome::Unknown);
        }
        let blocked = file(r#","state":"BLOCK","reason":"nudity""#);
        assert_eq!(blocked.proves(UploadState::Created), Outcome::Applied);
    }

    #[test]
    fn a_file_is_found_by_name_and_content() {
        let md5 = ContentMd5::new([0; 16]);
        let with = |name: &str, md5: &ContentMd5| {
            let md5 = md5.as_str();
            file(&format!(
                r#","state":"CREATING","file_name":"{name}","file_md5":"{md5}""#
            ))
        };
        let likely = |file: AssetFile| file.is_likely("clip.mp4", 7, Some(&md5));
        assert!(likely(with("Clip.MP4", &md5)));
        assert!(with("ÉTÉ.mp4", &md5).is_likely("été.mp4", 7, Some(&md5)));
        assert!(!likely(with("other.mp4", &md5)));
        assert!(!likely(with("clip.mp4", &ContentMd5::new([1; 16]))));
        assert!(!likely(file(r#","state":"CREATING""#)));
        let sized = |size, md5: &str| {
            file(&format!(
                r#","state":"CREATING","file_name":"clip.mp4","file_md5":"{md5}","file_size":{size}"#
            ))
        };
        assert!(likely(sized(7, md5.as_str())));
        assert!(!likely(sized(8, md5.as_str())));
        let large = |file: AssetFile| file.is_likely("clip.mp4", 7, None);
        assert!(large(sized(7, "")));
        assert!(!large(sized(8, "")) && !large(sized(7, md5.as_str())));
    }
}
