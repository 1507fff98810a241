//! The arithmetic of the generated tree: entries are numbered in the order in which a recursive
//! listing shows them, a folder before what is in it, so that every folder is a run of numbers.

const FILES_PER_PROJECT: u64 = 100;
const PROJECTS_PER_DEPARTMENT: u64 = 100;
/// A project's files and the project itself.
const PROJECT: u64 = FILES_PER_PROJECT + 1;
/// A department's projects with all that is in them, and the department itself.
const DEPARTMENT: u64 = PROJECTS_PER_DEPARTMENT * PROJECT + 1;

/// How many of each there are.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) files: u64,
    pub(super) entries: u64,
}

/// Where an entry is. What is missing is not in one: a department has no project.
pub(super) struct Place {
    pub(super) department: u64,
    pub(super) project: Option<u64>,
    pub(super) file: Option<u64>,
}

impl Shape {
    pub(super) fn of(files: u64) -> Self {
        let projects = files.div_ceil(FILES_PER_PROJECT);
        let departments = projects.div_ceil(PROJECTS_PER_DEPARTMENT);
        Self { files, entries: files + projects + departments }
    }

    pub(super) fn place(&self, index: u64) -> Place {
        debug_assert!(index < self.entries, "only entries that exist have a place");
        let department = index / DEPARTMENT;
        let within = (index % DEPARTMENT).checked_sub(1);
        let project = within.map(|within| within / PROJECT);
        let file = within.and_then(|within| (within % PROJECT).checked_sub(1));
        Place { department, project, file }
    }

    /// Files are numbered apart, so that their contents differ.
    pub(super) fn file_number(&self, index: u64) -> Option<u64> {
        let place = self.place(index);
        let project = place.department * PROJECTS_PER_DEPARTMENT + place.project?;
        Some(project * FILES_PER_PROJECT + place.file?)
    }

    /// What is in a folder (`None` is the root): everything below, or its children alone.
    pub(super) fn run(&self, folder: Option<u64>, recursive: bool) -> Run {
        let (first, length, child) = match folder {
            None => (0, self.entries, DEPARTMENT),
            Some(index) => match self.place(index) {
                Place { project: None, .. } => (index + 1, DEPARTMENT - 1, PROJECT),
                Place { file: None, .. } => (index + 1, PROJECT - 1, 1),
                Place { .. } => (index + 1, 0, 1),
            },
        };
        let end = (first + length).min(self.entries);
        Run { next: first, end, step: if recursive { 1 } else { child } }
    }
}

/// Evenly spaced numbers.
#[derive(Clone, Default)]
pub(super) struct Run {
    next: u64,
    end: u64,
    step: u64,
}

impl Run {
    /// How many of the first ones fulfil what only the first ones fulfil.
    pub(super) fn partition_point(&self, fulfils: impl Fn(u64) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = u64::midpoint(low, high);
            if fulfils(self.next + middle * self.step) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    pub(super) fn skipping(mut self, count: u64) -> Self {
        self.next += count * self.step;
        self
    }

    fn len(&self) -> u64 {
        if self.step == 0 { 0 } else { self.end.saturating_sub(self.next).div_ceil(self.step) }
    }
}

impl Iterator for Run {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let next = self.next;
        (next < self.end).then(|| {
            self.next += self.step;
            next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_one_number_whatever_the_count() {
        for files in [0, 1, 99, 100, 101, 9_999, 10_000, 10_001, 25_050] {
            let shape = Shape::of(files);
            let numbers: Vec<_> =
                shape.run(None, true).filter_map(|index| shape.file_number(index)).collect();
            assert_eq!(numbers, (0..files).collect::<Vec<_>>());
        }
    }

    #[test]
    fn children_are_what_is_one_level_down() {
        let shape = Shape::of(25_050);
        let departments: Vec<_> = shape.run(None, false).collect();
        assert_eq!(departments.len(), 3);
        let projects: Vec<_> = shape.run(Some(departments[2]), false).collect();
        assert_eq!(projects.len(), 51);
        assert_eq!(shape.run(Some(projects[50]), false).count(), 50);
        assert_eq!(shape.run(Some(projects[50] + 1), true).count(), 0);
    }
}
