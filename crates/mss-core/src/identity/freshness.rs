//! When new credentials are to be asked for.

use time::{Duration, OffsetDateTime};

/// So long before their end the vendor's SDKs ask for new keys. The metadata service has new ones
/// by then.
const VENDORS_MARGIN: Duration = Duration::minutes(40);

/// Shortest margin: a call and its repeats may take some minutes.
const SHORTEST_MARGIN: Duration = Duration::minutes(5);

/// From when on new credentials are to be asked for: a tenth of their life before its end, 5 to 40
/// minutes, and never before half of it is over.
pub fn refresh_at(expires_at: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
    let life = expires_at - now;
    let margin = (life / 10_i32).clamp(SHORTEST_MARGIN, VENDORS_MARGIN);
    before_end(expires_at, life, margin)
}

/// As [`refresh_at`], for keys of the metadata service: 40 minutes before the end, as the vendor's
/// SDKs do. While it goes on answering the old keys, it is asked when half of what is left is over.
pub fn refresh_metadata_at(expires_at: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
    before_end(expires_at, expires_at - now, VENDORS_MARGIN)
}

fn before_end(expires_at: OffsetDateTime, life: Duration, margin: Duration) -> OffsetDateTime {
    let margin = margin.min(life / 2).max(Duration::ZERO);
    expires_at.checked_sub(margin).unwrap_or(expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::testing::at;

    fn now() -> OffsetDateTime {
        at("2026-01-02T03:04:05Z")
    }

    #[test]
    fn the_margin_is_a_tenth_within_limits_and_half_at_most() {
        for (life, margin) in [
            (24 * 60, 40),
            (6 * 60, 36),
            (60, 6),
            (30, 5),
            (8, 4),
            (2, 1),
            (0, 0),
            (-5, 0),
        ] {
            let end = now() + Duration::minutes(life);
            assert_eq!(
                end - refresh_at(end, now()),
                Duration::minutes(margin),
                "{life}"
            );
        }
        for (life, margin) in [(24 * 60, 40), (3 * 60, 40), (60, 30), (40, 20), (-5, 0)] {
            let end = now() + Duration::minutes(life);
            let at = refresh_metadata_at(end, now());
            assert_eq!(end - at, Duration::minutes(margin), "{life}");
        }
    }

    #[test]
    fn nothing_overflows() {
        let (first, last) = (at("0000-01-01T00:00:00Z"), at("9999-12-31T23:59:59Z"));
        for (end, now) in [(first, last), (last, first), (last, last), (first, first)] {
            refresh_at(end, now);
            refresh_metadata_at(end, now);
        }
    }
}
