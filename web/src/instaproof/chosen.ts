// The files that somebody dropped or chose, folders opened up. Their content is not read here.

export const FILES_MAX = 2000;

export interface Chosen {
  file: File;
  name: string;
}

export function fromInput(files: FileList | null): Chosen[] {
  return Array.from(files ?? [], (file) => ({ file, name: file.webkitRelativePath || file.name }));
}

/** Must be called while the drop event is handled: browsers forget the items afterwards. */
export async function fromDrop(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry());
  const known = entries.filter((entry) => entry !== null);
  if (known.length === 0) return fromInput(transfer.files);
  const chosen: Chosen[] = [];
  for (const entry of known) await collect(entry, chosen);
  return chosen;
}

async function collect(entry: FileSystemEntry, chosen: Chosen[]): Promise<void> {
  if (chosen.length >= FILES_MAX) return;
  if (entry.isDirectory) {
    for (const child of await children(entry as FileSystemDirectoryEntry)) {
      await collect(child, chosen);
    }
    return;
  }
  const file = await new Promise<File>((resolve, reject) =>
    (entry as FileSystemFileEntry).file(resolve, reject),
  );
  chosen.push({ file, name: entry.fullPath.replace(/^\//, '') });
}

/** A directory is read in batches; an empty batch is the end. */
async function children(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  while (all.length < FILES_MAX) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) break;
    all.push(...batch);
  }
  return all;
}
