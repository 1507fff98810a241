// The API as these pages call it, by a client that is generated from its document: an address, a
// parameter or a member that the server does not have is an error of the build. Every failure becomes
// an ApiError whose message is a sentence for the reader; a session that has ended leads to the
// sign-in page.

import createClient from 'openapi-fetch';
import { uuidOf } from './assets/words';
import type { paths } from './openapi';
import type {
  Asset,
  Attributes,
  Invite,
  Member,
  Preview,
  Rule,
  SourceSettings,
  WayToDropbox,
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

export interface AssetPage {
  assets: Asset[];
  nextPageToken: string;
  total: number | undefined;
}

/** A list takes attributes as parameters of their own, whatever they are called. */
const querySerializer = { object: { style: 'form', explode: true } } as const;

const client = createClient<paths>({
  querySerializer,
  fetch: (request) => send(request, AbortSignal.timeout(REQUEST_TIMEOUT_MS)),
});

/** For answers that stream: whoever reads them says when it is enough. */
const streams = createClient<paths>({ fetch: (request) => send(request, request.signal) });

export const api = {
  me: () => answer(client.GET('/api/me')),
  renameTenancy: (display_name: string) =>
    answer(client.PATCH('/api/tenancy', { body: { display_name } })),

  integrations: async () => (await answer(client.GET('/api/integrations'))).integrations,
  connectDropbox: (body: WayToDropbox) =>
    answer(client.POST('/api/integrations/dropbox/connect', { body })),
  renameIntegration: (id: string, display_name: string) =>
    answer(client.PATCH('/api/integrations/{integration}', { ...of(id), body: { display_name } })),
  folders: async (id: string, parent: string) => {
    const query = parent ? { parent } : {};
    const params = { path: { integration: id }, query };
    const asked = client.GET('/api/integrations/{integration}/folders', { params });
    return (await answer(asked)).folders;
  },
  linkFolders: (id: string, rules: Rule[], patterns: string[]) => {
    const body = { rules, patterns };
    return answer(client.PUT('/api/integrations/{integration}/folders', { ...of(id), body }));
  },
  newSecret: (id: string) => answer(client.POST('/api/integrations/{integration}/secret', of(id))),
  disconnect: (id: string) =>
    answer(client.POST('/api/integrations/{integration}/disconnect', of(id))),
  pause: (id: string) => answer(client.POST('/api/integrations/{integration}/pause', of(id))),
  resume: (id: string) => answer(client.POST('/api/integrations/{integration}/resume', of(id))),
  syncNow: (id: string) => answer(client.POST('/api/integrations/{integration}/sync', of(id))),
  retry: (id: string) =>
    answer(client.POST('/api/integrations/{integration}/unrecorded/retry', of(id))),
  configure: (id: string, body: SourceSettings) =>
    answer(client.PUT('/api/integrations/{integration}/settings', { ...of(id), body })),
  activity: (id: string, pageToken: string) => {
    const query = pageToken ? { page_token: Number(pageToken) } : {};
    const params = { path: { integration: id }, query };
    return answer(client.GET('/api/integrations/{integration}/activity', { params }));
  },
  unrecorded: (id: string, pageToken: string) => {
    const query = pageToken ? { page_token: pageToken } : {};
    const params = { path: { integration: id }, query };
    return answer(client.GET('/api/integrations/{integration}/unrecorded', { params }));
  },
  /** The counts as a stream of server-sent events. */
  preview: async (id: string, rules: Rule[], patterns: string[], signal: AbortSignal) => {
    const asked = streams.POST('/api/integrations/{integration}/preview', {
      ...of(id),
      body: { rules, patterns },
      headers: { Accept: 'text/event-stream' },
      parseAs: 'stream',
      signal,
    });
    return (await asked).response.body;
  },

  domain: () => answer(client.GET('/api/domain')),
  claimDomain: (name: string) => answer(client.PUT('/api/domain', { body: { name } })),
  checkDomain: () => answer(client.POST('/api/domain/check')),
  releaseDomain: () => answer(client.DELETE('/api/domain')),

  /** All of them, removed ones too: a thousand at most. */
  members: async (): Promise<Member[]> => {
    const all: Member[] = [];
    let token = '';
    do {
      const query = { member_state: 'MEMBER_STATE_BOTH', ...(token ? { page_token: token } : {}) };
      const page = await answer(client.GET('/archivist/iam/v1/members', { params: { query } }));
      all.push(...page.members);
      token = page.next_page_token;
    } while (token);
    return all;
  },
  setRole: (identity: string, roles: string[]) =>
    answer(
      client.PATCH('/archivist/iam/v1/members/{member}', { ...member(identity), body: { roles } }),
    ),
  removeMember: (identity: string) =>
    answer(client.POST('/archivist/iam/v1/members/{member}:deactivate', member(identity))),
  letMemberIn: (identity: string) =>
    answer(client.POST('/archivist/iam/v1/members/{member}:activate', member(identity))),
  signInLink: async (identity: string) =>
    (await answer(client.POST('/api/members/{member}/sign-in-link', member(identity)))).link,
  invites: async (): Promise<Invite[]> => {
    const all: Invite[] = [];
    let token = '';
    do {
      const query = token ? { page_token: token } : {};
      const page = await answer(client.GET('/archivist/iam/v1/invites', { params: { query } }));
      all.push(...page.invites);
      token = page.next_page_token;
    } while (token);
    return all;
  },
  invite: (body: { email: string; display_name: string; roles: string[] }) =>
    answer(client.POST('/archivist/iam/v1/invites', { body })),
  takeBack: (identity: string) => {
    const params = { path: { invite: uuidOf(identity) } };
    return answer(client.DELETE('/archivist/iam/v1/invites/{invite}', { params }));
  },

  webhooks: async () => (await answer(client.GET('/api/webhooks'))).webhooks,
  addWebhook: (url: string) => answer(client.POST('/api/webhooks', { body: { url } })),
  removeWebhook: async (webhook: string): Promise<void> => {
    await client.DELETE('/api/webhooks/{webhook}', { params: { path: { webhook } } });
  },
  testWebhook: (webhook: string) =>
    answer(client.POST('/api/webhooks/{webhook}/test', { params: { path: { webhook } } })),
  resumeWebhook: (webhook: string) =>
    answer(client.POST('/api/webhooks/{webhook}/resume', { params: { path: { webhook } } })),
  deliveries: (webhook: string, pageToken: string) => {
    const query = pageToken ? { page_token: Number(pageToken) } : {};
    const params = { path: { webhook }, query };
    return answer(client.GET('/api/webhooks/{webhook}/deliveries', { params }));
  },
  redeliver: (webhook: string, index: number) => {
    const params = { path: { webhook, index } };
    return answer(client.POST('/api/webhooks/{webhook}/events/{index}/redeliver', { params }));
  },

  assets: async (search: string, pageToken: string, pageSize: number): Promise<AssetPage> => {
    const query = {
      page_size: pageSize,
      ...(search ? { search } : {}),
      ...(pageToken ? { page_token: pageToken } : {}),
    };
    const params = { query, header: { 'X-Request-Total-Count': 'true' } };
    const { data, response } = await client.GET('/archivist/v2/assets', { params });
    if (!data) throw unreadable(response);
    const total = response.headers.get('X-Total-Count');
    return {
      assets: data.assets,
      nextPageToken: data.next_page_token,
      total: total === null ? undefined : Number(total),
    };
  },
  asset: (asset: string) =>
    answer(client.GET('/archivist/v2/assets/{asset}', { params: { path: { asset } } })),
  events: (asset: string, pageToken: string) => {
    const query = { page_size: 50, ...(pageToken ? { page_token: pageToken } : {}) };
    const params = { path: { asset }, query };
    return answer(client.GET('/archivist/v2/assets/{asset}/events', { params }));
  },
  event: (asset: string, event: string) => {
    const params = { path: { asset, event } };
    return answer(client.GET('/archivist/v2/assets/{asset}/events/{event}', { params }));
  },
  /** The tenancy's own documents whose current version has this hash. */
  documentsWith: async (sha256: string): Promise<Asset[]> => {
    const attributes = {
      'attributes.arc_profile': 'Document',
      'attributes.document_hash_value': sha256,
    };
    const params = { query: { attributes, page_size: 1 } };
    return (await answer(client.GET('/archivist/v2/assets', { params }))).assets;
  },
  /** Registers a public document. Asked twice with the same key, it is done once. */
  register: (attributes: Attributes, key: string) =>
    answer(
      client.POST('/archivist/v2/assets', {
        params: { header: { 'Idempotency-Key': key } },
        body: { attributes, behaviours: ['RecordEvidence'], public: true },
      }),
    ),
  /** Erases a private field of an event for good. */
  erase: async (asset: string, event: string, field: PrivateFieldName) => {
    const params = { path: { asset, event, field }, query: { confirm: 'for-ever' } };
    const path = '/archivist/v2/assets/{asset}/events/{event}/private/{field}';
    await client.DELETE(path, { params });
  },
};

type PrivateFieldName = 'name' | 'path' | 'revision' | 'editor';

/** What one message of a count says. */
export type Counted = Preview & { error?: { code: string; message: string } };

function member(identity: string) {
  return { params: { path: { member: uuidOf(identity) } } };
}

function of(integration: string) {
  return { params: { path: { integration } } };
}

/** What came back. A failure was thrown before, so that there always is something. */
async function answer<R extends { data?: unknown; response: Response }>(
  asked: Promise<R>,
): Promise<NonNullable<R['data']>> {
  const { data, response } = await asked;
  if (data === undefined || data === null) throw unreadable(response);
  return data as NonNullable<R['data']>;
}

async function send(request: Request, signal: AbortSignal): Promise<Response> {
  const response = await fetch(request, { signal }).catch((cause: unknown) => {
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
  if (!body.error?.message) return unreadable(response);
  return new ApiError(body.error.message, body.error.code ?? 'unknown', response.status);
}

function unreadable({ status }: Response): ApiError {
  return new ApiError(`Proofbox answered with an error (${status}). Try again.`, 'unknown', status);
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
