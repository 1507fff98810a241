// The keyboard of the folder tree, as the ARIA practices describe it: arrows move and open, Home and
// End jump, Space and Enter check, letters find.

import type { FolderTree, TreeFolder } from './tree.svelte';

const TYPING_PAUSE_MS = 700;

export class TreeKeyboard {
  #typed = '';
  #typedAt = 0;

  constructor(private readonly tree: FolderTree) {}

  /** Returns whether the key was for the tree. */
  press(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const action = this.#actions()[event.key];
    if (action) {
      action();
      return true;
    }
    if (event.key.length !== 1) return false;
    return this.#find(event.key, event.timeStamp);
  }

  #actions(): Record<string, () => void> {
    const { tree } = this;
    const { active } = tree;
    return {
      ArrowDown: () => this.#move(1),
      ArrowUp: () => this.#move(-1),
      ArrowRight: () => (active.open ? this.#into(active) : void tree.open(active)),
      ArrowLeft: () => (active.open ? tree.close(active) : this.#to(active.parent)),
      Home: () => this.#to(tree.lines[0]?.folder),
      End: () => this.#to(tree.lines.at(-1)?.folder),
      ' ': () => tree.toggle(active),
      Enter: () => tree.toggle(active),
    };
  }

  #move(by: 1 | -1): void {
    this.#to(this.tree.lines[this.#index() + by]?.folder);
  }

  #into(folder: TreeFolder): void {
    this.#to(folder.children?.[0]);
  }

  #to(folder: TreeFolder | null | undefined): void {
    if (folder) this.tree.active = folder;
  }

  #index(): number {
    return this.tree.lines.findIndex(({ folder }) => folder === this.tree.active);
  }

  /** One letter looks from the next line on; more letters, typed quickly, narrow it down. */
  #find(letter: string, at: number): boolean {
    const goesOn = at - this.#typedAt < TYPING_PAUSE_MS && this.#typed !== '';
    this.#typed = goesOn ? this.#typed + letter : letter;
    this.#typedAt = at;
    const from = this.#index() + (goesOn ? 0 : 1);
    const { lines } = this.tree;
    const inOrder = [...lines.slice(from), ...lines.slice(0, from)];
    const wanted = this.#typed.toLocaleLowerCase();
    this.#to(
      inOrder.find(({ folder }) => folder.name.toLocaleLowerCase().startsWith(wanted))?.folder,
    );
    return true;
  }
}
