//! Parts and columns.

use super::*;

#[test]
fn every_part_is_in_some_column() {
    for columns in [1, 3, 58, 200, 511, 512] {
        let mut next = 0;
        for column in 0..columns {
            let parts = parts_of(column, columns);
            assert_eq!(parts.start, next);
            next = parts.end;
        }
        assert_eq!(next, PARTS);
    }
    assert_eq!(parts_of(999, 1000), 511..512, "more columns than parts");
}
