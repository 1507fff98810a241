// The API as these pages call it. Every failure becomes an ApiError whose message is a sentence for
// the reader; a session that has ended leads to the sign-in page.

import type {
  ActivityPage,
  Asset,
  AssetEvent,
  Folder,
  Integration,
  Me,
  NewSecret,
  Rule,
  SourceSettings,
  UnrecordedPage,
} from './types';

const REQUEST_TIMEOUT_MS = 60_000;

export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export interface WayToDropbox {
  /** Dropbox asks again who it is, instead of taking whoever is signed in there. */
  reauthenticate?: boolean;
  /** The same, after the integration with the wrong account has been taken back. */
  instead_of?: string;
}

export interface Disconnected {
  revoked_at_dropbox: boolean;
  /** Nothing was ever linked, so that nothing is left of it here. */
  forgotten: boolean;
}

export interface AssetPage {
  assets: Asset[];
  nextPageToken: string;
  total: number | undefined;
}

export const api = {
  me: () => json<Me>('GET', '/api/me'),
  renameTenancy: (display_name: string) => json<unknown>('PATCH', '/api/tenancy', { display_name }),

  integrations: async () =>
    (await json<{ integrations: Integration[] }>('GET', '/api/integrations')).integrations,
  connectDropbox: (way: WayToDropbox) =>
    json<{ authorize_url: string }>('POST', '/api/integrations/dropbox/connect', way),
  renameIntegration: (id: string, display_name: string) =>
    json<Integration>('PATCH', integration(id), { display_name }),
  folders: async (id: string, parent: string) => {
    const query = parent ? `?parent=${encodeURIComponent(parent)}` : '';
    const path = `${integration(id)}/folders${query}`;
    return (await json<{ folders: Folder[] }>('GET', path)).folders;
  },
  linkFolders: (id: string, rules: Rule[], patterns: string[]) =>
    json<Integration>('PUT', `${integration(id)}/folders`, { rules, patterns }),
  newSecret: (id: string) => json<NewSecret>('POST', `${integration(id)}/secret`, {}),
  disconnect: (id: string) => json<Disconnected>('POST', `${integration(id)}/disconnect`, {}),
  pause: (id: string) => json<Integration>('POST', `${integration(id)}/pause`, {}),
  resume: (id: string) => json<Integration>('POST', `${integration(id)}/resume`, {}),
  syncNow: (id: string) => json<Integration>('POST', `${integration(id)}/sync`, {}),
  retry: (id: string) => json<Integration>('POST', `${integration(id)}/unrecorded/retry`, {}),
  configure: (id: string, settings: SourceSettings) =>
    json<Integration>('PUT', `${integration(id)}/settings`, settings),
  activity: (id: string, pageToken: string) => {
    const query = pageToken ? `?page_token=${encodeURIComponent(pageToken)}` : '';
    return json<ActivityPage>('GET', `${integration(id)}/activity${query}`);
  },
  unrecorded: (id: string, pageToken: string) => {
    const query = pageToken ? `?page_token=${encodeURIComponent(pageToken)}` : '';
    return json<UnrecordedPage>('GET', `${integration(id)}/unrecorded${query}`);
  },

  assets: async (search: string, pageToken: string, pageSize: number): Promise<AssetPage> => {
    const query = new URLSearchParams({ page_size: String(pageSize) });
    if (search) query.set('search', search);
    if (pageToken) query.set('page_token', pageToken);
    const headers = { 'X-Request-Total-Count': 'true' };
    const response = await request('GET', `/archivist/v2/assets?${query}`, undefined, headers);
    const page = (await response.json()) as { assets: Asset[]; next_page_token: string };
    const total = response.headers.get('X-Total-Count');
    return {
      assets: page.assets,
      nextPageToken: page.next_page_token,
      total: total === null ? undefined : Number(total),
    };
  },
  asset: (asset: string) => json<Asset>('GET', `/archivist/v2/assets/${asset}`),
  events: async (asset: string, pageToken: string) => {
    const query = new URLSearchParams({ page_size: '50' });
    if (pageToken) query.set('page_token', pageToken);
    type Page = { events: AssetEvent[]; next_page_token: string };
    return json<Page>('GET', `/archivist/v2/assets/${asset}/events?${query}`);
  },
  event: (asset: string, event: string) =>
    json<AssetEvent>('GET', `/archivist/v2/assets/${asset}/events/${event}`),
  /** Erases a private field of an event for good. */
  erase: (event: string, field: string) =>
    json<unknown>('DELETE', `/archivist/v2/${event}/private/${field}?confirm=for-ever`),
};

function integration(id: string): string {
  return `/api/integrations/${encodeURIComponent(id)}`;
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await request(method, path, body);
  const text = await response.text();
  return (text ? JSON.parse(text) : {}) as T;
}

/** One request; `signal` replaces the usual time limit, for answers that stream. */
export async function request(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  signal: AbortSignal = AbortSignal.timeout(REQUEST_TIMEOUT_MS),
): Promise<Response> {
  const init: RequestInit = { method, headers, signal };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...headers, 'Content-Type': 'application/json' };
  }
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (signal.aborted && signal.reason !== undefined) throw cause;
    throw new ApiError(
      'Proofbox could not be reached. Check the connection and try again.',
      'unreachable',
      0,
    );
  });
  if (response.ok) return response;
  if (response.status === 401) location.assign('/sign-in');
  throw await failure(response);
}

async function failure(response: Response): Promise<ApiError> {
  type Body = { error?: { code?: string; message?: string } };
  const body = (await response.json().catch(() => ({}))) as Body;
  const message =
    body.error?.message ?? `Proofbox answered with an error (${response.status}). Try again.`;
  return new ApiError(message, body.error?.code ?? 'unknown', response.status);
}

/** The sentence to show for anything that was thrown. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return 'Proofbox took too long to answer. Try again.';
  }
  console.error(error);
  return 'Something went wrong on this page. Load it again.';
}
