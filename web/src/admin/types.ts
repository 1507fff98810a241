// The shapes that the API answers with, as far as these pages use them.

export interface Me {
  user: { name: string; role: string };
  tenancy: { identity: string; display_name: string; verified_domain: string | null };
  dropbox: { configured: boolean; connected_apps_url: string };
  log: { origin: string; vkey: string };
}

export type RuleVerdict = 'include' | 'exclude';

/** A decision about a folder and everything below it that has no rule of its own. */
export interface Rule {
  /** Dropbox's id of the folder; empty for the root. */
  folder: string;
  path: string;
  verdict: RuleVerdict;
}

export interface Folder {
  id: string;
  name: string;
  path: string;
  /** Absent when nobody has looked yet. */
  has_children?: boolean;
}

export type HealthState =
  | { state: 'choosing_folders' }
  | { state: 'scanning'; seen: number; recorded: number; total: number | null }
  | { state: 'up_to_date' }
  | { state: 'paused'; since: string }
  | { state: 'waiting'; until: string; reason: string }
  | { state: 'failed'; reason: string; since: string; next_try: string | null }
  | { state: 'disconnected'; by: 'owner' | 'provider'; at: string };

export type Health = HealthState & {
  /** Files a second while everything is read; null before it can be told. */
  files_per_second?: number | null;
  seconds_left?: number | null;
  /** From the last change at Dropbox until it was recorded. */
  lag_ms?: number | null;
  documents: number;
  last_change_seen: string | null;
  last_checked: string | null;
  not_recorded: number;
  /** Linked folders that are not in Dropbox at the moment. */
  missing_folders: string[];
};

/** How an integration works, as its owner decided. */
export interface SourceSettings {
  on_deletion: 'pause_trail' | 'withdraw';
  fingerprints: 'metadata' | 'sha256';
  history: 'now' | 'kept';
}

/** A step of an integration. */
export interface ActivityStep {
  number: number;
  at: string;
  what: string;
  /** A sentence, often empty. */
  detail: string;
  events: number;
  gone: number;
  not_recorded: number;
}

export interface ActivityPage {
  activity: ActivityStep[];
  next_page_token: string;
}

export interface Integration {
  identity: string;
  kind: 'dropbox';
  display_name: string;
  client_id: string;
  /** Both absent once it is disconnected: then there is no secret. */
  secret_hint: string | null;
  secret_valid_until: string | null;
  account: { id: string; name: string; email: string };
  folders: { path: string; verdict: RuleVerdict }[];
  rules: Rule[];
  /** What is left out inside linked folders, a line of .gitignore each. */
  patterns: string[];
  settings: SourceSettings;
  /** Absent while the server starts. */
  health: Health | null;
  created_at: string;
}

/** Something in a linked folder that could not be recorded. */
export interface Unrecorded {
  path: string;
  /** A sentence for the owner. */
  reason: string;
  first_seen: string;
  last_seen: string;
}

export interface UnrecordedPage {
  unrecorded: Unrecorded[];
  next_page_token: string;
}

export interface NewSecret {
  client_id: string;
  secret: string;
  valid_until: string;
}

export interface Preview {
  files: number;
  bytes: number;
  folders: number;
  /** Paths of the first few. */
  samples: string[];
  /** Files that only the patterns leave out, and the first few of them. */
  left_out: number;
  left_out_samples: string[];
  done: boolean;
}

/** What only the owner of a document sees; null where it was erased. */
export interface PrivateFile {
  name: string | null;
  path: string | null;
  editor?: string | null;
}

/** The same of an event. A field that was erased is named here, because null says less. */
export interface PrivateEvent extends PrivateFile {
  revision: string | null;
  erased: string[];
}

/** How far an event is from being beyond doubt. Each holds what the ones before it hold. */
export type LogState = 'recorded' | 'signed' | 'witnessed';

export interface Asset {
  identity: string;
  attributes: Record<string, unknown>;
  confirmation_status: string;
  tracked: string;
  at_time: string;
  proof_mechanism: string;
  public: boolean;
  tenant_identity: string;
  private?: PrivateFile | null;
  last_event?: { identity: string; operation: string; at: string } | null;
}

export interface AssetEvent {
  /** Absent in lists of events. */
  private?: PrivateEvent | null;
  identity: string;
  asset_identity: string;
  operation: string;
  event_attributes: Record<string, unknown>;
  asset_attributes: Record<string, unknown>;
  timestamp_declared: string;
  timestamp_accepted: string;
  /** The checkpoint is absent for the moment between the commit and its signature. */
  log: {
    index: number;
    state: LogState;
    /** What the state means, in one sentence. */
    state_meaning: string;
    checkpoint_size: number | null;
    checkpoint_at: string | null;
    receipt: string;
  };
  document: {
    version: number;
    content_hash: string | null;
    sha256: string | null;
    origin: 'observed' | 'filled-in' | 'filled_in';
  };
}
