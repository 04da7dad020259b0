//! Which site stands for which, after duplicates were merged.
//!
//! Two laptops without a network can merge the same sites in opposite directions, or one into another that
//! is merged itself. Whatever came of it, every site ends at exactly one that stands for it, the same on
//! every machine that has the same records.

use std::collections::BTreeMap;

use crate::id::SiteId;

/// The sites that stand for merged ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survivors(BTreeMap<SiteId, SiteId>);

impl Survivors {
    /// Follows `merged_into` of all sites that are here. Of a circle the least id stands for all; a site that is
    /// merged into one that is not here stands for itself, or nothing would show it.
    #[must_use]
    pub fn of(sites: impl IntoIterator<Item = (SiteId, Option<SiteId>)>) -> Self {
        let next: BTreeMap<SiteId, Option<SiteId>> = sites.into_iter().collect();
        let mut found: BTreeMap<SiteId, SiteId> = BTreeMap::new();
        for start in next.keys() {
            let mut path = Vec::new();
            let mut at = *start;
            let survivor = loop {
                if let Some(known) = found.get(&at) {
                    break *known;
                }
                if let Some(begin) = path.iter().position(|seen| *seen == at) {
                    break path[begin..].iter().copied().min().unwrap_or(at);
                }
                path.push(at);
                match next.get(&at).copied().flatten() {
                    Some(into) if next.contains_key(&into) => at = into,
                    _ => break at,
                }
            };
            found.extend(path.into_iter().map(|site| (site, survivor)));
        }
        found.retain(|site, survivor| site != survivor);
        Self(found)
    }

    /// The site that stands for this one.
    #[must_use]
    pub fn survivor(&self, site: SiteId) -> SiteId {
        self.0.get(&site).copied().unwrap_or(site)
    }

    /// Whether a site stands for itself.
    #[must_use]
    pub fn stands(&self, site: SiteId) -> bool {
        !self.0.contains_key(&site)
    }

    /// The sites for which this one stands, without itself.
    pub fn merged(&self, survivor: SiteId) -> impl Iterator<Item = SiteId> {
        self.0
            .iter()
            .filter(move |(_, into)| **into == survivor)
            .map(|(site, _)| *site)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn site(number: u8) -> SiteId {
        SiteId(Uuid::from_u128(u128::from(number)))
    }

    fn of(links: &[(u8, Option<u8>)]) -> Survivors {
        Survivors::of(
            links
                .iter()
                .map(|(from, into)| (site(*from), into.map(site))),
        )
    }

    #[test]
    fn a_chain_ends_at_its_last_and_a_circle_at_its_least() {
        let chain = of(&[(1, Some(2)), (2, Some(3)), (3, None)]);
        assert_eq!(chain.survivor(site(1)), site(3));
        assert_eq!(
            chain.merged(site(3)).collect::<Vec<_>>(),
            [site(1), site(2)]
        );
        let circle = of(&[
            (3, Some(6)),
            (4, Some(6)),
            (5, Some(4)),
            (6, Some(5)),
            (9, Some(6)),
        ]);
        for number in [3, 4, 5, 6, 9] {
            assert_eq!(circle.survivor(site(number)), site(4));
        }
        assert!(circle.stands(site(4)));
        let alone = of(&[(1, Some(1)), (2, Some(8))]);
        assert!(alone.stands(site(1)) && alone.stands(site(2)));
    }

    proptest! {
        #[test]
        fn whatever_two_laptops_merged_every_site_ends_at_one_that_stands(
            links in prop::collection::btree_map(0..24_u8, prop::option::of(0..28_u8), 1..24),
        ) {
            let list: Vec<(u8, Option<u8>)> = links.iter().map(|(a, b)| (*a, *b)).collect();
            let survivors = of(&list);
            let mut backwards = list.clone();
            backwards.reverse();
            prop_assert_eq!(&survivors, &of(&backwards));
            for (from, into) in &list {
                let end = survivors.survivor(site(*from));
                prop_assert!(survivors.stands(end));
                if let Some(into) = into.filter(|into| links.contains_key(into)) {
                    prop_assert_eq!(end, survivors.survivor(site(into)), "a link joins what it names");
                }
            }
        }
    }
}
