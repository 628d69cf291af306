//! Which calls share a limit, and what the documents say of it.

use crate::Endpoint;

/// Calls that share a limit. What isn't listed by the documents counts as a file call, the
/// slowest: they don't say which calls share a quota.
///
/// Source: [limits](https://support.huaweicloud.com/intl/en-us/productdesc-metastudio/metastudio_01_0010.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallClass {
    /// CreateFile, CreateLargeFile, ConfirmFileUpload, DeleteFile.
    Files,
    /// CreateDigitalAsset.
    CreateAsset,
    /// Changing, deleting and restoring assets.
    ChangeAsset,
    /// ShowAsset.
    ShowAsset,
}

impl CallClass {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Files,
        Self::CreateAsset,
        Self::ChangeAsset,
        Self::ShowAsset,
    ];

    /// Documented calls a second for a tenant at this endpoint; `None` on this machine, where
    /// nothing is shared. A region that the documents don't list is taken for a slow one.
    pub fn documented_rate(self, endpoint: &Endpoint) -> Option<f64> {
        if endpoint.is_loopback() {
            return None;
        }
        let fast = endpoint.authority() == "metastudio.cn-north-4.myhuaweicloud.com";
        let file_rate = if fast { 10.0 } else { 5.0 };
        Some(match self {
            Self::Files | Self::CreateAsset | Self::ChangeAsset => file_rate,
            Self::ShowAsset => 2.0 * file_rate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_the_documented_ones() {
        let rates = |url: &str| {
            let endpoint = Endpoint::parse(url, false).unwrap();
            CallClass::ALL.map(|class| class.documented_rate(&endpoint))
        };
        let fast = [10.0, 10.0, 10.0, 20.0].map(Some);
        let slow = [5.0, 5.0, 5.0, 10.0].map(Some);
        assert_eq!(
            rates("https://metastudio.cn-north-4.myhuaweicloud.com"),
            fast
        );
        assert_eq!(
            rates("https://metastudio.cn-east-3.myhuaweicloud.com"),
            slow
        );
        assert_eq!(rates("https://metastudio.example"), slow);
        assert_eq!(rates("http://127.0.0.1:8080"), [None; 4]);
    }
}
