// The files that somebody dropped or chose, folders opened up. Their content is not read here.

/** More at once would make a page that nobody reads. */
export const FILES_MAX = 2000;

export interface Chosen {
  file: File;
  name: string;
}

/** What came in, and what did not, so that the page can say so. */
export interface Haul {
  chosen: Chosen[];
  tooMany: boolean;
  unreadable: string[];
}

export function fromInput(files: FileList | null): Haul {
  const all = Array.from(files ?? [], (file) => ({
    file,
    name: file.webkitRelativePath || file.name,
  }));
  return { chosen: all.slice(0, FILES_MAX), tooMany: all.length > FILES_MAX, unreadable: [] };
}

/** Must be called while the drop event is handled: browsers forget the items afterwards. */
export async function fromDrop(transfer: DataTransfer): Promise<Haul> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry());
  const known = entries.filter((entry) => entry !== null);
  if (known.length === 0) return fromInput(transfer.files);
  const haul: Haul = { chosen: [], tooMany: false, unreadable: [] };
  for (const entry of known) await collect(entry, haul);
  return haul;
}

async function collect(entry: FileSystemEntry, haul: Haul): Promise<void> {
  haul.tooMany ||= haul.chosen.length >= FILES_MAX;
  if (haul.tooMany) return;
  const name = entry.fullPath.replace(/^\//, '');
  try {
    if (entry.isFile) haul.chosen.push({ file: await fileOf(entry as FileSystemFileEntry), name });
    else for (const child of await children(entry)) await collect(child, haul);
  } catch {
    haul.unreadable.push(name);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A directory is read in batches; an empty batch is the end. */
async function children(directory: FileSystemEntry): Promise<FileSystemEntry[]> {
  const reader = (directory as FileSystemDirectoryEntry).createReader();
  const all: FileSystemEntry[] = [];
  while (all.length <= FILES_MAX) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) break;
    all.push(...batch);
  }
  return all;
}
