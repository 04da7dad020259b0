//! Random use of the real window (`cargo xtask monkey` for more).

use anyhow::Result;
use xunan_tests::monkey;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_clicked_typed_and_given_nothing_fails_and_the_store_stays_sound() -> Result<()>
{
    for seed in [1, 2] {
        monkey::run(seed, 150).await?;
    }
    Ok(())
}
