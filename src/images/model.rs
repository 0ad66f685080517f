//! What a picture is.

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::Uuid;

use super::media_type::MediaType;
use crate::platform::{
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
    let hash = digest(&SHA256, &[owner.to_string().as_bytes(), bytes].concat());
    Uuid::new_v8(hash.as_ref().first_chunk().copied().unwrap_or_default()).into()
}
