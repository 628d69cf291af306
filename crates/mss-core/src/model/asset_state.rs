//! Where an asset stands.

use super::words;

words::words! {
    /// State of an asset, as ShowAsset shows it. Spelt as the service spells it.
    ///
    /// Source: [ShowAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/ShowAsset.html).
    AssetState {
        /// The main file hasn't been uploaded.
        Creating = "CREATING",
        /// The upload of the main file failed.
        Failed = "FAILED",
        /// The main file is there; the asset isn't activated and can't be used.
        Unactived = "UNACTIVED",
        /// The main file is there, and the asset can be used.
        Actived = "ACTIVED",
        /// In the recycle bin: it can't be used, but can be restored.
        Deleting = "DELETING",
        /// Deleted for good.
        Deleted = "DELETED",
        /// Frozen: neither the asset nor its files can be used.
        Block = "BLOCK",
        /// About to be taken offline.
        WaitingDelete = "WAITING_DELETE",
    }
}
