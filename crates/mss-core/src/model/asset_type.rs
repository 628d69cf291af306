//! What an asset is, and what the documents demand of its files.

use std::str::FromStr;

use super::{FileCategory, words};
use crate::InvalidInput;

const MIB: u64 = 1024 * 1024;

words::words! {
    /// Type of an asset.
    ///
    /// The documents say that ordinary users can't upload [`AssetType::VoiceModel`] and
    /// [`AssetType::HumanModel2d`]; whether you can is left to the service. Types of older
    /// documents, such as `SCENE`, pass through as [`AssetType::Unknown`].
    ///
    /// Source: [CreateDigitalAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateDigitalAsset.html).
    AssetType {
        /// A voice.
        VoiceModel = "VOICE_MODEL",
        /// A video.
        Video = "VIDEO",
        /// A picture.
        Image = "IMAGE",
        /// Slides.
        Ppt = "PPT",
        /// Background music.
        Music = "MUSIC",
        /// A sound recording.
        Audio = "AUDIO",
        /// A file of any kind.
        CommonFile = "COMMON_FILE",
        /// A virtual avatar.
        HumanModel2d = "HUMAN_MODEL_2D",
        /// A template of a virtual business card.
        BusinessCardTemplet = "BUSINESS_CARD_TEMPLET",
    }
}

impl FromStr for AssetType {
    type Err = InvalidInput;

    /// Unknown upper-case words are kept; what can't be a type at all is refused.
    fn from_str(value: &str) -> Result<Self, InvalidInput> {
        words::check("asset_type", value, Self::WORDS)?;
        Ok(Self::of_word(value))
    }
}

/// What the documents demand of a main file.
struct MainFile {
    formats: &'static [&'static str],
    max_size: u64,
    max_size_text: &'static str,
}

const VIDEO: MainFile = MainFile {
    formats: &[
        "mp4", "m4v", "mkv", "mov", "flv", "3gp", "wmv", "avi", "webm",
    ],
    max_size: 5 * 1024 * MIB,
    max_size_text: "5 GB",
};
const IMAGE: MainFile = MainFile {
    formats: &["jpeg", "jpg", "png", "bmp", "gif"],
    max_size: 50 * MIB,
    max_size_text: "50 MB",
};
const SOUND: MainFile = MainFile {
    formats: &["wav", "mp3", "m4a"],
    max_size: 100 * MIB,
    max_size_text: "100 MB",
};
const SLIDES: MainFile = MainFile {
    formats: &["ppt", "pptx", "pdf"],
    max_size: 100 * MIB,
    max_size_text: "100 MB",
};

impl AssetType {
    /// Checks a main file against the documented formats and sizes. `name_or_type` is a file's
    /// name, of which the extension counts, or its type; letter case doesn't matter. The size is
    /// in bytes.
    ///
    /// | type | formats | up to |
    /// | --- | --- | --- |
    /// | `VIDEO` | mp4, m4v, mkv, mov, flv, 3gp, wmv, avi, webm | 5 GB |
    /// | `IMAGE` | jpeg, jpg, png, bmp, gif | 50 MB |
    /// | `MUSIC`, `AUDIO` | wav, mp3, m4a | 100 MB |
    /// | `PPT` | ppt, pptx, pdf | 100 MB |
    ///
    /// Other types have no documented limits, so everything passes. The vendor doesn't say
    /// whether 1 MB is 1,000,000 or 1,048,576 bytes. Here it is the larger, as in CreateFile,
    /// whose 5 GB are spelt out as 5,368,709,120 bytes.
    ///
    /// Source: [CreateDigitalAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateDigitalAsset.html).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] for `file_type` or `file_size`.
    pub fn check_main_file(&self, name_or_type: &str, size: u64) -> Result<(), InvalidInput> {
        let limits = match self {
            Self::Video => VIDEO,
            Self::Image => IMAGE,
            Self::Music | Self::Audio => SOUND,
            Self::Ppt => SLIDES,
            _ => return Ok(()),
        };
        let file_type = name_or_type.rsplit('.').next().unwrap_or_default();
        if !limits
            .formats
            .iter()
            .any(|format| format.eq_ignore_ascii_case(file_type))
        {
            let problem = format!(
                "of the main file of a {self} asset must be one of {}",
                limits.formats.join(", ")
            );
            return Err(InvalidInput::with_value("file_type", problem, file_type));
        }
        if size > limits.max_size {
            return Err(InvalidInput::new(
                "file_size",
                format!(
                    "is {size} bytes; the main file of a {self} asset may have {} ({})",
                    limits.max_size, limits.max_size_text
                ),
            ));
        }
        Ok(())
    }

    /// Checks that an asset of this type takes files of a category.
    ///
    /// | type | categories |
    /// | --- | --- |
    /// | `PPT` | MAIN, COVER, PAGE, OTHER |
    /// | `VOICE_MODEL` | MAIN, SAMPLE, OTHER |
    /// | `HUMAN_MODEL_2D` | MAIN, COVER, SAMPLE, OTHER |
    /// | `BUSINESS_CARD_TEMPLET`, `VIDEO` | MAIN, COVER |
    /// | `IMAGE` | MAIN |
    ///
    /// The documents list no others. TEMPORARY and PACKAGE stand outside these lists, so they
    /// pass with every type, as do unknown categories.
    ///
    /// Source: [CreateFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] for `asset_file_category`.
    pub fn check_category(&self, category: &FileCategory) -> Result<(), InvalidInput> {
        use FileCategory::{Cover, Main, Other, Package, Page, Sample, Temporary, Unknown};
        let allowed: &[FileCategory] = match self {
            Self::Ppt => &[Main, Cover, Page, Other],
            Self::VoiceModel => &[Main, Sample, Other],
            Self::HumanModel2d => &[Main, Cover, Sample, Other],
            Self::BusinessCardTemplet | Self::Video => &[Main, Cover],
            Self::Image => &[Main],
            _ => return Ok(()),
        };
        if allowed.contains(category) || matches!(category, Temporary | Package | Unknown(_)) {
            return Ok(());
        }
        let words: Vec<&str> = allowed.iter().map(FileCategory::as_str).collect();
        let problem = format!("of a {self} asset must be one of {}", words.join(", "));
        Err(InvalidInput::with_value(
            "asset_file_category",
            problem,
            category.as_str(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn main_files_are_held_to_the_documented_limits() {
        for (asset_type, file, size) in [
            ("VIDEO", "clip.MP4", 5_368_709_120),
            ("VIDEO", "3gp", 1),
            ("IMAGE", "a.b.JPeG", 52_428_800),
            ("MUSIC", "m4a", 104_857_600),
            ("AUDIO", "x.wav", 104_857_600),
            ("PPT", "pdf", 104_857_600),
            ("COMMON_FILE", "noextension", u64::MAX),
            ("BUSINESS_CARD_TEMPLET", "", u64::MAX),
            ("SCENE", "x.exe", u64::MAX),
        ] {
            let asset_type: AssetType = asset_type.parse().unwrap();
            asset_type.check_main_file(file, size).unwrap();
        }
        for (asset_type, file, size, field) in [
            ("VIDEO", "clip.gif", 1, "file_type"),
            ("VIDEO", "noextension", 1, "file_type"),
            ("VIDEO", "", 1, "file_type"),
            ("VIDEO", "mp4", 5_368_709_121, "file_size"),
            ("IMAGE", "a.png", 52_428_801, "file_size"),
            ("MUSIC", "a.mp4", 1, "file_type"),
            ("AUDIO", "a.mp3", 104_857_601, "file_size"),
            ("PPT", "a.ppsx", 1, "file_type"),
        ] {
            let asset_type: AssetType = asset_type.parse().unwrap();
            let refused = asset_type.check_main_file(file, size).expect_err(file);
            assert_eq!(refused.field(), field, "{refused}");
        }
    }

    #[test]
    fn categories_are_held_to_the_documented_lists() {
        for (asset_type, allowed) in [
            ("PPT", "MAIN COVER PAGE OTHER"),
            ("VOICE_MODEL", "MAIN SAMPLE OTHER"),
            ("HUMAN_MODEL_2D", "MAIN COVER SAMPLE OTHER"),
            ("BUSINESS_CARD_TEMPLET", "MAIN COVER"),
            ("VIDEO", "MAIN COVER"),
            ("IMAGE", "MAIN"),
            ("AUDIO", "MAIN COVER PAGE SAMPLE OTHER"),
            ("NORMAL_MODEL", "MAIN COVER PAGE SAMPLE OTHER"),
        ] {
            let asset_type: AssetType = asset_type.parse().unwrap();
            let everywhere = ["TEMPORARY", "PACKAGE", "WHOLE_MODEL"];
            for word in FileCategory::WORDS.iter().chain(&everywhere) {
                let expected = everywhere.contains(word) || allowed.split(' ').any(|w| w == *word);
                let verdict = asset_type.check_category(&word.parse().unwrap());
                assert_eq!(verdict.is_ok(), expected, "{asset_type} {word}");
            }
        }
    }

    #[test]
    fn words_that_are_not_known_are_kept_and_other_text_is_refused() {
        assert_eq!("VIDEO".parse::<AssetType>().unwrap(), AssetType::Video);
        let unknown = "HUMAN_MODEL_3D".parse::<AssetType>().unwrap();
        assert_eq!(unknown, AssetType::Unknown("HUMAN_MODEL_3D".into()));
        for bad in ["", "video", "VI DEO", "视频", "A\nB"] {
            assert_eq!(
                bad.parse::<AssetType>().expect_err(bad).field(),
                "asset_type"
            );
        }
    }
}
