// Assets and events in words: what the wire calls things, as the pages say them.

import type { Asset, AssetEvent } from '../types';

export function uuidOf(identity: string): string {
  return identity.slice(identity.lastIndexOf('/') + 1);
}

/** Where an asset or event lies here; its identity is the path. */
export function pageOf(identity: string): string {
  return `/${identity}`;
}

/** The permanent public page of the same asset or event. */
export function publicPageOf(identity: string): string {
  return `/public${identity}`;
}

export function text(attributes: Record<string, unknown>, name: string): string {
  const value = attributes[name];
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

export function proofMechanism(asset: Asset): string {
  return asset.proof_mechanism === 'MERKLE_LOG' ? 'Merkle log' : asset.proof_mechanism;
}

/** What happened, from the operation and, where it says more, the kind of the event. */
export function happened(operation: string, kind = ''): string {
  const what = kind || operation;
  if (what === 'NewAsset') return 'First published';
  if (what === 'Publish') return 'Published';
  if (what === 'Withdraw') return 'Withdrawn';
  return what;
}

export function eventHappened(event: AssetEvent): string {
  if (event.operation === 'NewAsset') return happened(event.operation);
  return happened(event.operation, text(event.event_attributes, 'arc_display_type'));
}

export function filledIn(event: AssetEvent): boolean {
  return event.document.origin === 'filled-in';
}

/** Whether it was registered over the API and follows no linked file. */
export function isRegistered(event: AssetEvent): boolean {
  return event.document.origin === 'registered';
}

/** Whether everybody finds it: then its receipt is where they do. */
export function isPublic(event: AssetEvent): boolean {
  return event.log.receipt === `${publicPageOf(event.identity)}/receipt`;
}

/** The folder that a path leads to, `/` at the top. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

export function algorithm(name: string): string {
  if (name === 'dropbox-content-hash') return 'Dropbox content hash';
  return name === 'sha256' ? 'SHA-256' : name;
}
