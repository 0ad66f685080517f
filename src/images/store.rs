//! The table `image`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    media_type::MediaType,
    model::{Image, id_of},
};
use crate::platform::{
    clock::Clock,
    db::{Scope, TenantTx, Tx, schema::image},
    error::{Code, Error, Result},
    id::ImageId,
};

/// How many a municipality has at most.
const MOST: i64 = 2000;

/// Keeps a picture.
pub(super) async fn insert(tx: &TenantTx<'_>, media_type: MediaType, bytes: &[u8]) -> Result<Image> {
    let id = id_of(tx.municipality(), bytes);
    let shown = Image { id, media_type, size: bytes.len() };
    tx.trail().after(&shown);
    if exists(tx, id).await? {
        return Ok(shown);
    }
    let own = image::table.filter(image::municipality_id.eq(tx.municipality())).count();
    if own.get_result::<i64>(&mut tx.conn()).await? >= MOST {
        return Err(Error::new(Code::TooMany, format!("A municipality has {MOST} pictures at most.")));
    }
    let row = (
        image::id.eq(id),
        image::municipality_id.eq(tx.municipality()),
        image::media_type.eq(media_type),
        image::bytes.eq(bytes),
        image::created_at.eq(Clock.now()),
    );
    diesel::insert_into(image::table).values(row).on_conflict_do_nothing().execute(&mut tx.conn()).await?;
    Ok(shown)
}

/// Whether the municipality itself has it.
pub(crate) async fn exists(tx: &TenantTx<'_>, id: ImageId) -> Result<bool> {
    let own = image::table.find(id).filter(image::municipality_id.eq(tx.municipality()));
    Ok(own.count().get_result::<i64>(&mut tx.conn()).await? > 0)
}

/// A picture that the transaction's reader may see.
pub(crate) async fn find<S: Scope>(tx: &Tx<'_, S>, id: ImageId) -> Result<(MediaType, Vec<u8>)> {
    Ok(image::table.find(id).select((image::media_type, image::bytes)).first(&mut tx.conn()).await?)
}

/// What form each of them has that the transaction's reader may see.
pub(crate) async fn media_types<S: Scope>(
    tx: &Tx<'_, S>,
    ids: &[ImageId],
) -> Result<Vec<(ImageId, MediaType)>> {
    let rows = image::table.filter(image::id.eq_any(ids)).select((image::id, image::media_type));
    Ok(rows.load(&mut tx.conn()).await?)
}
