// The folder tree behind the checkboxes: what is loaded, what is open, where the keyboard is, and the
// rules that were chosen. Children are loaded when their folder is opened.

import { sentence } from '../api';
import type { Folder, Rule } from '../types';
import { checkedAt, toggled, type Checked, type Place } from './rules';

const ORDER = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export class TreeFolder implements Place {
  open = $state(false);
  loading = $state(false);
  problem = $state('');
  children: TreeFolder[] | undefined = $state.raw();

  constructor(
    readonly id: string,
    readonly name: string,
    readonly path: string,
    readonly parent: TreeFolder | null,
  ) {}

  get level(): number {
    return this.parent ? this.parent.level + 1 : 1;
  }

  /** A folder that turned out empty has nothing to open. */
  get canOpen(): boolean {
    return this.children ? this.children.length > 0 : true;
  }
}

/** A visible line of the tree, with its place among its siblings. */
export interface Line {
  folder: TreeFolder;
  position: number;
  siblings: number;
}

export class FolderTree {
  readonly root = new TreeFolder('', 'All folders', '', null);
  rules: Rule[] = $state.raw([]);
  active: TreeFolder = $state.raw(this.root);
  readonly lines: Line[] = $derived(linesOf([this.root]));

  constructor(
    private readonly load: (parent: string) => Promise<Folder[]>,
    rules: Rule[],
  ) {
    this.rules = rules;
  }

  checked(folder: TreeFolder): Checked {
    return checkedAt(folder, this.rules);
  }

  toggle(folder: TreeFolder): void {
    this.rules = toggled(folder, this.rules);
  }

  close(folder: TreeFolder): void {
    folder.open = false;
  }

  async open(folder: TreeFolder): Promise<void> {
    if (!folder.canOpen || folder.loading) return;
    folder.open = true;
    if (folder.children) return;
    folder.loading = true;
    folder.problem = '';
    try {
      folder.children = sorted(await this.load(folder.id)).map(
        ({ id, name, path }) => new TreeFolder(id, name, path, folder),
      );
    } catch (error) {
      folder.problem = sentence(error);
      folder.open = false;
    } finally {
      folder.loading = false;
    }
  }
}

function linesOf(siblings: TreeFolder[]): Line[] {
  return siblings.flatMap((folder, index) => [
    { folder, position: index + 1, siblings: siblings.length },
    ...(folder.open ? linesOf(folder.children ?? []) : []),
  ]);
}

function sorted(folders: Folder[]): Folder[] {
  return [...folders].sort((a, b) => ORDER.compare(a.name, b.name));
}
