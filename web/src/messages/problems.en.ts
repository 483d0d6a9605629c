/** The server's refusals in English, by their code; `…Money` is a fact as an amount. */
export const problemsEn = {
  'problem.1000': 'The request cannot be read.',
  'problem.1001': 'Some of the input is not right.',
  'problem.1010': 'Your session has ended. Sign in again.',
  'problem.1011':
    'You may not do this: the permission “{resource}” is needed. Ask an administrator for it.',
  'problem.1012':
    'The request came from another site and was refused. Reload the page and try again.',
  'problem.1020':
    'The server does not know this operation. Reload the page: it may be older than the server.',
  'problem.1021': 'There is no account {accountId} in this store.',
  'problem.1022': 'The account has no pre-authorization {transactionId}.',
  'problem.1023': 'There is no invoice {invoiceId} here.',
  'problem.1024': 'The account has no additional holder {holderId}.',
  'problem.1030': 'That is too much at once: {most} at most. Send less at a time.',
  'problem.1031': 'The server could not take the request: its body is not JSON.',
  'problem.1032': 'The request is too large. Delete this site’s cookies and try again.',
  'problem.1099': 'This buyer already has an open account.',
  'problem.1100':
    'Account {accountId} is closed and can only be read. Open a new one for the buyer.',
  'problem.1101':
    'The account is frozen ({reason}): it takes payments but no new purchases. Unfreeze it first.',
  'problem.1102':
    'The account owes {owedMoney} and {heldMoney} is reserved. Both must be zero before it is closed.',
  'problem.1103': 'The e-mail already belongs to account {accountId}. Remove it there first.',
  'problem.1104': 'The main holder cannot be removed. Change the e-mail of the account instead.',
  'problem.1105': 'An account has {most} additional holders at most. Remove one first.',
  'problem.1106':
    'The buyer does not share this account. Add the e-mail as an additional holder first.',
  'problem.1110':
    '{valueMoney} was asked and {spendableMoney} can be spent: {shortfallMoney} is missing.',
  'problem.1111': 'The pre-authorization has ended. Authorize the order again.',
  'problem.1112':
    '{settledMoney} of the pre-authorization is settled. Change the settlement, or refund.',
  'problem.1113': 'The pre-authorization is to be settled, so it cannot be cancelled now.',
  'problem.1114':
    '{valueMoney} was asked, and this pre-authorization may grow to {mostMoney}. Authorize the rest separately.',
  'problem.1115':
    'There is nothing to settle. To give the credit back, cancel the pre-authorization.',
  'problem.1116':
    '{lowerByMoney} was to be taken off and only {openMoney} is on open invoices. Refund what is paid.',
  'problem.1117': '{refundedMoney} went back already, so the settlement cannot be lower than that.',
  'problem.1118': '{valueMoney} was asked and {refundableMoney} is left to refund.',
  'problem.1119':
    'One pre-authorization makes {most} invoices at most. Authorize the rest separately.',
  'problem.1120':
    'The invoice cannot change like that. A payment is taken back first; a cancelled invoice stays so.',
  'problem.1121':
    'The invoice is {valueMoney} and only {refundableMoney} of its order is left: cancelling it would give credit twice.',
  'problem.1122': 'The store does not postpone invoices. Turn it on in the settings first.',
  'problem.1123': 'Only open invoices are postponed.',
  'problem.1124': 'The store allows {most} postponements of an invoice.',
  'problem.1125': '{days} days were asked and {left} are left. Ask for that at most.',
  'problem.1130': 'A debit of {valueMoney} was recorded under this id. Use another id.',
  'problem.1131': 'An account may owe {mostMoney} at most.',
  'problem.1132': 'Somebody else changed this meanwhile: {fields}. Look again and decide anew.',
  'problem.1140':
    'This request was already used for something else. Reload the page and try again.',
  'problem.1141': 'The same request is still running. Wait a moment and look again.',
  'problem.1150': 'Too many requests. Try again in {retryAfter_s} s.',
  'problem.1151': 'Too many failed sign-ins. Try again in {retryAfter_s} s.',
  'problem.1160': 'The server has too much to do. Nothing was done: try again in a moment.',
  'problem.1161': 'The database cannot be reached. Nothing was done: try again in a moment.',
  'problem.1162':
    'The database went away during the request. It may have been done or not: pressing again is safe.',
  'problem.1170': 'Something went wrong on the server. Nothing was done.',
  'problem.1200': 'The file cannot be used.',
  'problem.1201': 'Choose a file first.',
  'problem.1202': 'The file did not arrive as a form. Reload the page and try again.',
  'problem.1203': 'A file may have {most} at most. Split it and send the parts.',
  'problem.1204': 'Too many files are being sent. Send it again in a moment.',
  'problem.1210': 'The row cannot be read.',
  'problem.1211':
    'Line {line} of the file concerns the same account or invoice. Keep one of the two.',
  'problem.1220': 'There is no import or export {jobId} in this store.',
  'problem.1221': 'It is over already: there is nothing left to stop.',
  'problem.1222': 'There is nothing to confirm here.',
  'problem.1223': 'There is nothing to try again here.',
  'problem.1224':
    'The data changed since the preview (lines {lines}). Send the file again and look at it anew.',
  'problem.1225': 'The link does not open the file any more. Open the export again for a new one.',
  'problem.1226': '{count} rows match and {most} are given at once at most. Export them to a file.',
  'problem.1300': 'The e-mail or the password is wrong.',
  'problem.1301': 'Too many wrong passwords for this e-mail. Try again in {retryAfter_s} s.',
  'problem.1302': 'This is for people who signed in, not for programs.',
  'problem.1303': 'The current password is wrong; it was not changed.',
  'problem.1304': 'This store has no such user.',
  'problem.1305':
    'There is a user with the e-mail {email} already. Change that one, or enable it again.',
  'problem.1306':
    'The store needs an administrator, and this is the only one. Make somebody else an administrator first.',
  'problem.1307': 'This store has no key {appKey} that is in force.',
  'problem.1308': 'The identity provider did not let you in. Start again from the sign-in page.',
  'problem.1309':
    'The identity provider knows you, this store does not. Ask an administrator to create or enable your user.',
  'problem.1310':
    'The identity provider cannot be reached. Try again in a moment, or sign in with a password.',
} as const
