// The shapes that the API sends and takes, by the names that these pages use. They come from the
// document of the API, and so say what the server does.

import type { components } from './openapi';

type Schemas = components['schemas'];

export type ActivityPage = Schemas['ActivityPage'];
export type ActivityStep = Schemas['ActivityStep'];
export type Asset = Schemas['Asset'];
export type AssetEvent = Schemas['Event'];
export type Attributes = Schemas['Attributes'];
export type Delivery = Schemas['Delivery'];
export type Disconnected = Schemas['Disconnected'];
export type Domain = Schemas['Domain'];
export type DomainStep = Schemas['DomainStep'];
export type Folder = Schemas['Folder'];
export type Health = Schemas['Health'];
export type Integration = Schemas['Integration'];
export type Live = Schemas['Live'];
export type LogState = Schemas['Standing'];
export type Invite = Schemas['Invite'];
export type Me = Schemas['Me'];
export type Member = Schemas['Member'];
export type NewSecret = Schemas['NewSecret'];
export type OwnDomain = Schemas['OwnDomain'];
export type Preview = Schemas['Preview'];
export type PrivateEvent = Schemas['PrivateEvent'];
export type Rule = Schemas['Rule'];
export type RuleVerdict = Schemas['RuleVerdict'];
export type SourceSettings = Schemas['SourceSettings'];
export type Unrecorded = Schemas['Unrecorded'];
export type UnrecordedPage = Schemas['UnrecordedPage'];
export type WayToDropbox = Schemas['Connect'];
export type Webhook = Schemas['Webhook'];
