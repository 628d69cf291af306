//! How a large file is cut into parts.

use std::ops::Range;

use crate::InvalidInput;

/// Largest file that CreateLargeFile takes, in bytes: 500 GiB.
pub const MAX_LARGE_FILE_SIZE: u64 = 536_870_912_000;

/// The parts of a large file: one for each URL that CreateLargeFile handed out.
///
/// # What the vendor doesn't say
///
/// The documents of CreateLargeFile name the number of parts and nothing else about them. This
/// is what the project does about it; all of it stands here, and in [`PutPart`](crate::PutPart)
/// as far as headers are concerned.
///
/// | question | taken here | because |
/// | --- | --- | --- |
/// | size of a part | all alike, and the last takes what is left | OBS prescribes only limits: at most 5 GiB each, at least 100 KB each but the last |
/// | number of parts | as many as there are URLs | 100 parts of 5 GiB are exactly the documented largest file |
/// | order | the first URL takes the beginning of the file | it is how a list is read |
/// | headers of a part's PUT | Content-Length alone | the URLs are made before anyone knows an MD5, and a header that wasn't signed makes OBS refuse |
/// | tags that OBS answers | not passed on | no call takes them |
/// | the end | ConfirmFileUpload, as for any file | the vendor's guide sends large files the same way |
/// | how long the URLs are good | 24 hours, as CreateFile's | nothing else is known |
///
/// Sources: [CreateLargeFile](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateLargeFile.html),
/// [parts in OBS](https://support.huaweicloud.com/intl/en-us/api-obs_go_sdk_api_en/obs_33_0512.html),
/// [uploading an asset](https://support.huaweicloud.com/api-metastudio/metastudio_02_0056.html).
///
/// ```
/// use mss_core::PartPlan;
///
/// let plan = PartPlan::new(1_000_000, 3)?;
/// let ranges: Vec<_> = plan.parts().map(|part| part.range).collect();
/// assert_eq!(ranges, [0..333_334, 333_334..666_668, 666_668..1_000_000]);
/// # Ok::<(), mss_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPlan {
    size: u64,
    count: u32,
    part_size: u64,
}

/// One part of a large file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// Its number, from 1.
    pub number: u32,
    /// Its bytes within the file.
    pub range: Range<u64>,
}

impl Part {
    /// Its size, in bytes.
    pub fn size(&self) -> u64 {
        self.range.end - self.range.start
    }
}

impl PartPlan {
    /// Most parts that a file can have.
    pub const MAX_PARTS: u32 = 100;

    /// Largest part, in bytes: 5 GiB.
    pub const MAX_PART_SIZE: u64 = 5_368_709_120;

    /// Smallest part, in bytes, but for the last: 100 KB.
    pub const MIN_PART_SIZE: u64 = 102_400;

    /// A file of `size` bytes in `count` parts.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the size isn't 1 to 536,870,912,000 bytes, the count isn't 1 to
    /// 100, or the parts would be larger or smaller than OBS takes them.
    pub fn new(size: u64, count: u32) -> Result<Self, InvalidInput> {
        check_size(size)?;
        let refuse = |problem: String| Err(InvalidInput::new("file_multipart_count", problem));
        if !(1..=Self::MAX_PARTS).contains(&count) {
            return refuse(format!("is {count}; it must be 1 to {}", Self::MAX_PARTS));
        }
        let part_size = size.div_ceil(count.into());
        if part_size > Self::MAX_PART_SIZE {
            return refuse(format!(
                "is {count}, which makes parts of {part_size} bytes; the store takes up to {}",
                Self::MAX_PART_SIZE
            ));
        }
        if count > 1 && part_size < Self::MIN_PART_SIZE {
            return refuse(format!(
                "is {count}, which makes parts of {part_size} bytes; the store takes {} or more",
                Self::MIN_PART_SIZE
            ));
        }
        Ok(Self {
            size,
            count,
            part_size,
        })
    }

    /// A file of `size` bytes in as few parts as it takes.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the size isn't 1 to 536,870,912,000 bytes.
    pub fn fewest(size: u64) -> Result<Self, InvalidInput> {
        check_size(size)?;
        let count = size.div_ceil(Self::MAX_PART_SIZE);
        // At most 100, by the size's limit.
        Self::new(size, u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// How many parts there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Size of the file, in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        let Self {
            size,
            count,
            part_size,
        } = *self;
        (0..count).map(move |index| {
            let start = u64::from(index) * part_size;
            Part {
                number: index + 1,
                range: start..(start + part_size).min(size),
            }
        })
    }
}

fn check_size(size: u64) -> Result<(), InvalidInput> {
    if (1..=MAX_LARGE_FILE_SIZE).contains(&size) {
        return Ok(());
    }
    let problem =
        format!("is {size} bytes; CreateLargeFile takes 1 to {MAX_LARGE_FILE_SIZE} (500 GB)");
    Err(InvalidInput::new("file_size", problem))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_cover_the_file_in_order_within_the_limits(
            size in prop_oneof![1..=MAX_LARGE_FILE_SIZE, 1..=20_000_000_u64],
            count in 1..=PartPlan::MAX_PARTS,
        ) {
            let Ok(plan) = PartPlan::new(size, count) else {
                let part_size = size.div_ceil(count.into());
                let fits = PartPlan::MIN_PART_SIZE..=PartPlan::MAX_PART_SIZE;
                prop_assert!(!fits.contains(&part_size));
                return Ok(());
            };
            let parts: Vec<_> = plan.parts().collect();
            prop_assert_eq!(parts.len(), count as usize);
            let mut end = 0;
            for (part, number) in parts.iter().zip(1..) {
                prop_assert_eq!(part.number, number);
                prop_assert_eq!(part.range.start, end);
                prop_assert!(part.size() >= 1);
                prop_assert!(part.size() <= PartPlan::MAX_PART_SIZE);
                prop_assert!(number == count || part.size() >= PartPlan::MIN_PART_SIZE);
                prop_assert!(part.size() <= parts[0].size());
                end = part.range.end;
            }
            prop_assert_eq!(end, size);
        }

        #[test]
        fn the_fewest_parts_are_not_one_too_many(size in 1..=MAX_LARGE_FILE_SIZE) {
            let plan = PartPlan::fewest(size).unwrap();
            prop_assert!(plan.count() == 1 || PartPlan::new(size, plan.count() - 1).is_err());
        }
    }

    #[test]
    fn the_limits_themselves_are_allowed() {
        let largest = PartPlan::fewest(MAX_LARGE_FILE_SIZE).unwrap();
        assert_eq!(largest.count(), PartPlan::MAX_PARTS);
        assert!(
            largest
                .parts()
                .all(|part| part.size() == PartPlan::MAX_PART_SIZE)
        );
        assert_eq!(
            PartPlan::fewest(PartPlan::MAX_PART_SIZE).unwrap().count(),
            1
        );
        assert_eq!(
            PartPlan::fewest(PartPlan::MAX_PART_SIZE + 1)
                .unwrap()
                .count(),
            2
        );
        PartPlan::new(1, 1).unwrap();
        PartPlan::new(2 * PartPlan::MIN_PART_SIZE, 2).unwrap();
        for (size, count, field) in [
            (0, 1, "file_size"),
            (MAX_LARGE_FILE_SIZE + 1, 100, "file_size"),
            (u64::MAX, 100, "file_size"),
            (1, 0, "file_multipart_count"),
            (MAX_LARGE_FILE_SIZE, 101, "file_multipart_count"),
            (MAX_LARGE_FILE_SIZE, 99, "file_multipart_count"),
            (2 * PartPlan::MIN_PART_SIZE - 2, 2, "file_multipart_count"),
        ] {
            assert_eq!(PartPlan::new(size, count).expect_err(field).field(), field);
        }
    }
}
