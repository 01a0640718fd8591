//! Where things stand: a pure function of size, focus and zoom.

use ratatui::layout::Rect;

use super::pane::PaneId;

/// From this width and height on several panes are shown at once.
const WIDE: (u16, u16) = (120, 24);
/// Below this height the tab line is left out.
const LEAST_WITH_TABS: u16 = 6;

/// The parts of the screen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// The line of tabs; empty on very low screens.
    pub tabs: Rect,
    /// The panes that are shown, and where.
    pub panes: Vec<(PaneId, Rect)>,
    /// The status bar.
    pub status: Rect,
}

/// Divides a screen of `width` × `height` cells. Any size is legal.
pub fn layout(width: u16, height: u16, focus: PaneId, is_zoomed: bool) -> Layout {
    let tabs_height = u16::from(height >= LEAST_WITH_TABS);
    let status_height = u16::from(height >= 2);
    let body = Rect::new(0, tabs_height, width, height.saturating_sub(tabs_height + status_height));
    let tabs = Rect::new(0, 0, width, tabs_height);
    let status = Rect::new(0, height.saturating_sub(status_height), width, status_height);
    let is_wide = width >= WIDE.0 && height >= WIDE.1;
    let panes =
        if is_wide && !is_zoomed && focus != PaneId::Sources { side_by_side(body, focus) } else { vec![(focus, body)] };
    Layout { tabs, panes, status }
}

/// Logs on the left; waterfall and span on the right, the service graph below them. The one that has the keys has the most
/// room: what one works in is not to be cut.
fn side_by_side(body: Rect, focus: PaneId) -> Vec<(PaneId, Rect)> {
    // The share of the logs in the width, and that of the traces in the height, in percent.
    let (left, top) = match focus {
        PaneId::Traces => (36, 70),
        PaneId::Services => (36, 40),
        PaneId::Logs | PaneId::Sources => (52, 60),
    };
    let (left, top) = (share(body.width, left), share(body.height, top));
    let right = Rect { x: body.x + left, width: body.width - left, ..body };
    vec![
        (PaneId::Logs, Rect { width: left, ..body }),
        (PaneId::Traces, Rect { height: top, ..right }),
        (PaneId::Services, Rect { y: right.y + top, height: right.height - top, ..right }),
    ]
}

fn share(whole: u16, percent: u16) -> u16 {
    u16::try_from(u32::from(whole) * u32::from(percent) / 100).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_overlap_nor_leave_the_screen() {
        for (width, height) in [(0, 0), (1, 1), (40, 12), (80, 24), (120, 40), (200, 60), (300, 5)] {
            for focus in [PaneId::Logs, PaneId::Traces, PaneId::Services, PaneId::Sources] {
                let layout = layout(width, height, focus, false);
                let screen = Rect::new(0, 0, width, height);
                let all: Vec<Rect> =
                    layout.panes.iter().map(|(_, area)| *area).chain([layout.tabs, layout.status]).collect();
                for (at, area) in all.iter().enumerate() {
                    assert_eq!(area.intersection(screen).area(), area.area(), "{width}×{height}: {area:?}");
                    assert!(all.iter().skip(at + 1).all(|other| area.intersection(*other).area() == 0));
                }
            }
        }
    }

    #[test]
    fn what_has_the_keys_has_the_most_room() {
        let area = |pane: PaneId, focus: PaneId| {
            let layout = layout(120, 40, focus, false);
            layout.panes.into_iter().find(|(id, _)| *id == pane).map_or(0, |(_, area)| area.area())
        };
        for pane in [PaneId::Logs, PaneId::Traces, PaneId::Services] {
            for other in [PaneId::Logs, PaneId::Traces, PaneId::Services] {
                assert!(area(pane, pane) >= area(pane, other), "{pane:?} {other:?}");
            }
        }
    }

    #[test]
    fn narrow_screens_and_zoomed_panes_show_one_pane() {
        assert_eq!(layout(80, 24, PaneId::Traces, false).panes.len(), 1);
        assert_eq!(layout(200, 60, PaneId::Traces, true).panes.len(), 1);
        assert_eq!(layout(120, 40, PaneId::Services, false).panes.len(), 3);
    }
}
