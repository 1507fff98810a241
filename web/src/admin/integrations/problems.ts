// What came back from Dropbox's sign-in when it did not work, and what to do next.

const PROBLEMS: Record<string, string> = {
  denied: 'You cancelled at Dropbox, so nothing was connected. Connect whenever you are ready.',
  state_mismatch:
    'That sign-in at Dropbox was started somewhere else or has expired, so it was not used. Connect again from here.',
  code_rejected:
    'Dropbox did not accept the sign-in code: it was used before or is too old. Connect again.',
  missing_scope:
    'Dropbox did not grant all permissions that are needed. Enable files.metadata.read and account_info.read for the app, and files.content.read for SHA-256, then connect again.',
  not_configured:
    'This Proofbox has no Dropbox app key yet. Set DROPBOX_APP_KEY, restart it, then connect again.',
  app_rejected:
    'Dropbox does not accept this app key or its redirect address. Compare both with the settings of the app at Dropbox, then connect again.',
  other_account:
    'That is another Dropbox account than the one of this integration, so nothing was changed. Sign in at Dropbox with the account of the integration.',
  failed: 'Proofbox could not keep the connection. Look at its log, then connect again.',
  unavailable: 'Dropbox could not be reached. Wait a minute, then connect again.',
};

export function problemSentence(code: string): string {
  return PROBLEMS[code] ?? 'Dropbox could not be connected. Connect again.';
}
