//! Pages of one database: an immutable image that many share, and an overlay of the pages that changed.
//!
//! Cloning a [`Store`] copies two pointers; that is what makes a fork cheap. The overlay is a two-level table
//! whose nodes and pages are shared until written.

use std::sync::Arc;

/// Bytes of a page. Every image has this page size.
pub(crate) const PAGE_BYTES: usize = 4096;
/// Pages of one overlay node.
const FAN: usize = 64;

/// One page.
pub(crate) type Page = [u8; PAGE_BYTES];

/// The pages of one database.
#[derive(Clone)]
pub(crate) struct Store {
    image: Arc<Vec<u8>>,
    root: Arc<Vec<Option<Arc<Node>>>>,
    pages: u32,
    /// Pages from here on do not come from the image: a truncation may have cut it.
    image_limit: u32,
}

#[derive(Clone)]
struct Node([Option<Arc<Page>>; FAN]);

impl Store {
    /// The image without changes. Its length is a multiple of the page size.
    pub(crate) fn new(image: Arc<Vec<u8>>) -> Self {
        let pages = (image.len() / PAGE_BYTES) as u32;
        Self { image, root: Arc::default(), pages, image_limit: pages }
    }

    /// A store without pages.
    pub(crate) fn empty() -> Self {
        Self::new(Arc::default())
    }

    /// How many pages the database has now.
    pub(crate) fn pages(&self) -> u32 {
        self.pages
    }

    /// Page `number` (from 0). `None` beyond the end and for pages that were never written.
    pub(crate) fn get(&self, number: u32) -> Option<&Page> {
        if number >= self.pages {
            return None;
        }
        let (i, j) = place(number);
        if let Some(page) = self.root.get(i).and_then(Option::as_ref).and_then(|node| node.0[j].as_ref()) {
            return Some(page);
        }
        if number >= self.image_limit {
            return None;
        }
        let start = number as usize * PAGE_BYTES;
        self.image.get(start..start + PAGE_BYTES)?.try_into().ok()
    }

    /// Replaces page `number`. `in_place` allows to overwrite a page that nobody else shares; otherwise the page
    /// that was there is handed back, for whoever still points into it.
    pub(crate) fn put(&mut self, number: u32, data: &Page, in_place: bool) -> Option<Arc<Page>> {
        let (i, j) = place(number);
        let root = Arc::make_mut(&mut self.root);
        if i >= root.len() {
            root.resize(i + 1, None);
        }
        let node = root[i].get_or_insert_with(|| Arc::new(Node([const { None }; FAN])));
        let slot = &mut Arc::make_mut(node).0[j];
        self.pages = self.pages.max(number + 1);
        if in_place && let Some(page) = slot.as_mut().and_then(Arc::get_mut) {
            page.copy_from_slice(data);
            return None;
        }
        slot.replace(new_page(data))
    }

    /// Cuts the database to `pages` pages; hands back what was cut from the overlay.
    pub(crate) fn truncate(&mut self, pages: u32) -> Vec<Arc<Page>> {
        let mut cut = Vec::new();
        if pages >= self.pages {
            return cut;
        }
        let root = Arc::make_mut(&mut self.root);
        for number in pages..self.pages {
            let (i, j) = place(number);
            if let Some(Some(node)) = root.get_mut(i)
                && node.0[j].is_some()
            {
                cut.extend(Arc::make_mut(node).0[j].take());
            }
        }
        self.pages = pages;
        self.image_limit = self.image_limit.min(pages);
        cut
    }

    /// The database as one file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.pages as usize * PAGE_BYTES);
        for number in 0..self.pages {
            out.extend_from_slice(self.get(number).unwrap_or(&[0; PAGE_BYTES]));
        }
        out
    }
}

fn place(number: u32) -> (usize, usize) {
    (number as usize / FAN, number as usize % FAN)
}

/// One allocation and one copy; the array never lies on the stack.
fn new_page(data: &Page) -> Arc<Page> {
    let bytes: Arc<[u8]> = Arc::from(data.as_slice());
    bytes.try_into().expect("the slice has a page's length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forks_do_not_see_each_other() {
        let mut a = Store::new(Arc::new(vec![7; 3 * PAGE_BYTES]));
        a.put(1, &[1; PAGE_BYTES], true);
        let mut b = a.clone();
        b.put(1, &[2; PAGE_BYTES], true);
        b.put(200, &[3; PAGE_BYTES], true);
        assert_eq!((a.get(1).map(|p| p[0]), b.get(1).map(|p| p[0])), (Some(1), Some(2)));
        assert_eq!((a.pages(), b.pages()), (3, 201));
        assert_eq!(a.get(0).map(|p| p[0]), Some(7));
        assert!(b.get(100).is_none(), "a page between that was never written");
        assert_eq!(b.to_bytes().len(), 201 * PAGE_BYTES);
    }

    #[test]
    fn truncated_pages_do_not_come_back() {
        let mut a = Store::new(Arc::new(vec![7; 3 * PAGE_BYTES]));
        a.put(2, &[1; PAGE_BYTES], true);
        assert_eq!(a.truncate(1).len(), 1);
        a.put(3, &[9; PAGE_BYTES], true);
        assert_eq!(a.pages(), 4);
        assert!(a.get(1).is_none() && a.get(2).is_none(), "the image no longer shows through");
    }

    #[test]
    fn a_page_in_use_is_not_overwritten() {
        let mut a = Store::new(Arc::new(vec![0; PAGE_BYTES]));
        a.put(0, &[1; PAGE_BYTES], true);
        let old = a.put(0, &[2; PAGE_BYTES], false).expect("the old page");
        assert_eq!((old[0], a.get(0).map(|p| p[0])), (1, Some(2)));
    }
}
