//! What the vendor's documents demand of the files of an asset.

use super::super::{
    refusal::Refusal,
    state::{Announced, Life, State},
};
use crate::view::FileState;

/// The types that an asset can have.
pub(super) const TYPES: [&str; 9] = [
    "VOICE_MODEL",
    "VIDEO",
    "IMAGE",
    "PPT",
    "MUSIC",
    "AUDIO",
    "COMMON_FILE",
    "HUMAN_MODEL_2D",
    "BUSINESS_CARD_TEMPLET",
];

const MIB: u64 = 1024 * 1024;

/// Whether the asset takes this file. One that was never created takes any.
pub(super) fn check(state: &State, file: &Announced<'_>) -> Result<(), Refusal> {
    let Some(asset) = state.asset(file.asset_id) else {
        return Ok(());
    };
    if asset.life != Life::Live {
        return Err(Refusal::invalid("asset_id: was deleted"));
    }
    let is_main = file.category == "MAIN";
    let holds_one = state
        .main_file(asset)
        .is_some_and(|file| matches!(file.state, FileState::Creating | FileState::Created));
    if is_main && holds_one {
        return Err(Refusal::invalid("asset_id: has a MAIN file already"));
    }
    let Some(asset_type) = asset.asset_type() else {
        return Ok(());
    };
    if !takes_category(asset_type, file.category) {
        return Err(Refusal::invalid(format!(
            "asset_file_category: not one of a {asset_type} asset"
        )));
    }
    match main_file(asset_type) {
        Some((formats, limit)) if is_main => check_main(asset_type, file, formats, limit),
        _ => Ok(()),
    }
}

fn check_main(
    asset_type: &str,
    file: &Announced<'_>,
    formats: &str,
    limit: u64,
) -> Result<(), Refusal> {
    let file_type = file.file_type.to_ascii_lowercase();
    if !formats.split(' ').any(|format| format == file_type) {
        return Err(Refusal::invalid(format!(
            "file_type: the MAIN file of a {asset_type} asset is one of {formats}"
        )));
    }
    if file.file_size.is_some_and(|size| size > limit) {
        return Err(Refusal::invalid(format!(
            "file_size: the MAIN file of a {asset_type} asset has up to {limit} bytes"
        )));
    }
    Ok(())
}

/// Formats of the main file and its largest size in bytes, where the documents name them.
fn main_file(asset_type: &str) -> Option<(&'static str, u64)> {
    Some(match asset_type {
        "VIDEO" => ("mp4 m4v mkv mov flv 3gp wmv avi webm", 5 * 1024 * MIB),
        "IMAGE" => ("jpeg jpg png bmp gif", 50 * MIB),
        "MUSIC" | "AUDIO" => ("wav mp3 m4a", 100 * MIB),
        "PPT" => ("ppt pptx pdf", 100 * MIB),
        _ => return None,
    })
}

fn takes_category(asset_type: &str, category: &str) -> bool {
    // These two stand outside the documents' lists.
    if matches!(category, "TEMPORARY" | "PACKAGE") {
        return true;
    }
    let listed: &[&str] = match asset_type {
        "PPT" => &["MAIN", "COVER", "PAGE", "OTHER"],
        "VOICE_MODEL" => &["MAIN", "SAMPLE", "OTHER"],
        "HUMAN_MODEL_2D" => &["MAIN", "COVER", "SAMPLE", "OTHER"],
        "BUSINESS_CARD_TEMPLET" | "VIDEO" => &["MAIN", "COVER"],
        "IMAGE" => &["MAIN"],
        _ => return true,
    };
    listed.contains(&category)
}
