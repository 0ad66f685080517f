//! What a picture is.

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use super::media_type::MediaType;
use crate::platform::{
    fingerprint::uuid_of,
    id::{ImageId, MunicipalityId},
    respond::Entity,
};

/// The picture itself, as the document tells of it.
pub(super) struct Picture;

impl PartialSchema for Picture {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build().into()
    }
}
impl ToSchema for Picture {
    fn name() -> std::borrow::Cow<'static, str> {
        "PictureBytes".into()
    }
}

/// A picture, as it is answered when it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Image {
    /// What `image.id` of a project names.
    pub(super) id: ImageId,
    pub(super) media_type: MediaType,
    /// In bytes.
    pub(super) size: usize,
}

impl Entity for Image {
    fn etag(&self) -> String {
        format!("\"{}\"", self.id)
    }

    fn location(&self) -> String {
        format!("/v1/images/{}", self.id)
    }
}

/// The id of a municipality's picture: by its bytes.
pub(super) fn id_of(owner: MunicipalityId, bytes: &[u8]) -> ImageId {
    uuid_of(&[owner.to_string().as_bytes(), bytes].concat()).into()
}
