//! The words and sentences of the connection pages.

pub const TITLE: &str = "Connections";
pub const NONE_YET: &str = "No connection yet";
pub const COLUMN_HEALTH: &str = "Health";
pub const COLUMN_LAST_USED: &str = "Last used";
pub const COLUMN_LAST_REFUSED: &str = "Last refused";
pub const NEVER: &str = "never";
pub const OVERVIEW: &str = "Overview";
pub const ID: &str = "Id";
pub const KINDS: &str = "Kinds of training";
pub const TENANT: &str = "Tenant";
pub const DEFAULT_PRODUCT: &str = "Default product";
pub const ABILITIES: &str = "What its vendor can do";
pub const NO_ABILITIES: &str = "Nothing beyond training";
pub const CAN_CANCEL: &str = "cancel a training";
pub const CAN_DELETE: &str = "delete a training";
pub const CAN_LIST: &str = "list trainings started elsewhere";
pub const WATCHING_PUBLISHES: &str = "publish a model when its training is watched";
pub const TELLS_LOSS: &str = "tell the loss";
pub const LLM_ABILITY: &str = "use a language model of your choice";
pub const NOTICE: &str = "Warning";
pub const TEST: &str = "Test";
pub const TEST_RESULT: &str = "Test result";
pub const WORKS: &str = "It works.";
pub const WORKS_NOT: &str = "It does not work.";
pub const ADMINS_ONLY: &str = "Only an admin may do this.";

pub const REHEARSE: &str = "Rehearse a callback";
pub const REHEARSE_TEXT: &str =
    "A rehearsal sends a sample as the vendor would, through this server's public address; it must arrive here.";
pub const ROTATE: &str = "Rotate the callback client";
pub const ROTATE_SURE: &str = "Rotate it: trainings under way lose their callbacks";
pub const ROTATED: &str = "Rotated. Trainings sent from now on are told the new client.";

pub const SECRETS: &str = "Kept secrets";
pub const SECRETS_TEXT: &str = "Sealed on the server; nobody can read one here again. An operator may name one as the client secret of a callback \
     elsewhere: it then goes to that callback's token address.";
pub const NO_SECRETS: &str = "No secret is kept for this connection.";
pub const SECRETS_FORBIDDEN: &str = "Operators and admins see which secrets are kept.";
pub const COLUMN_KEPT_BY: &str = "Kept by";
pub const COLUMN_KEPT_AT: &str = "Kept";
pub const COLUMN_ACTION: &str = "Action";
pub const ADD_SECRET: &str = "Keep a secret";
pub const SECRET_NAME: &str = "Secret's name";
pub const SECRET_NAME_HINT: &str = "Lower-case letters, digits and hyphens. A secret of the same name is replaced.";
pub const SECRET_VALUE: &str = "Secret";
pub const SECRET_VALUE_HINT: &str = "At least 8 characters, so that it can be masked wherever a vendor repeats it.";
pub const SECRET_KEPT: &str = "Kept.";
pub const SECRET_FORGOTTEN: &str = "Forgotten here. Who was told it still knows it.";

pub const LLM: &str = "Language model";
pub const LLM_TEXT: &str =
    "What its vendor was told to use, by product. Data of its trainings then goes to that provider.";
pub const NO_LLM: &str = "Nothing is set here; a training's own choice counts.";
pub const COLUMN_PRODUCT: &str = "Product";
pub const COLUMN_PROVIDER: &str = "Provider";
pub const COLUMN_LLM: &str = "Model";
pub const COLUMN_KEYS: &str = "Keys that are set";
pub const COLUMN_SET_BY: &str = "Set by";
pub const COLUMN_SET_AT: &str = "Set";
pub const SET_LLM: &str = "Set the language model";
pub const PRODUCT_NAME: &str = "Product name";
pub const PROVIDER: &str = "Provider";
pub const LLM_NAME: &str = "Model of the provider";
pub const SEND_TO_VENDOR: &str = "Send to the vendor";
pub const LLM_TAKEN: &str = "The vendor has taken it.";

/// The button that forgets a secret.
pub fn forget(name: &str) -> String {
    format!("Forget {name}")
}

/// The same, asked again.
pub fn forget_sure(name: &str) -> String {
    format!("Forget {name} for good")
}
