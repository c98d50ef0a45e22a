import { ActionIcon, Switch, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Download, FileSpreadsheet, FileText, Image } from 'lucide-react';
import type { ShipmentDocument } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { notifyTrouble } from '../app/notify.tsx';
import { full, stamp } from '../app/time.ts';
import classes from './Documents.module.css';
import { DOCUMENT_TYPES, size } from './documentTypes.ts';
import { downloadDocument } from './downloadDocument.ts';
import { partKey, shipmentPath } from './useShipment.ts';

const iconOf = (mimeType: string) =>
  mimeType.startsWith('image/') ? Image : mimeType === 'application/pdf' ? FileText : FileSpreadsheet;

type Props = { document: ShipmentDocument; mayVerify: boolean; onPreview: () => void };

export const DocumentRow = ({ document, mayVerify, onPreview }: Props) => {
  const Icon = iconOf(document.mimeType);
  return (
    <li className={classes.row}>
      <span className={classes.kind}>
        <Icon size={18} aria-hidden />
      </span>
      <div style={{ minWidth: 0 }}>
        <button type="button" className={classes.name} onClick={onPreview} title={document.fileName}>
          {document.fileName}
        </button>
        <Text size="xs" c="dimmed">
          {DOCUMENT_TYPES[document.documentType]} · {size(document.fileSize)} · {document.uploadedBy},{' '}
          <time dateTime={document.uploadedAt} title={full(document.uploadedAt)}>
            {stamp(document.uploadedAt)}
          </time>
          {document.isVerified && document.verifiedBy && ` · verified by ${document.verifiedBy}`}
        </Text>
      </div>
      <div className={classes.actions}>
        <Verification document={document} editable={mayVerify} />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Download ${document.fileName}`}
          onClick={() => void downloadDocument(document).catch(notifyTrouble)}
        >
          <Download size={17} aria-hidden />
        </ActionIcon>
      </div>
    </li>
  );
};

const Verification = ({ document, editable }: { document: ShipmentDocument; editable: boolean }) => {
  const client = useQueryClient();
  const verify = useMutation({
    mutationFn: (isVerified: boolean) =>
      request<ShipmentDocument>(`${shipmentPath(document.shipmentId)}/documents/${document.id}`, {
        method: 'PATCH',
        body: { isVerified },
      }),
    onSettled: () => client.invalidateQueries({ queryKey: partKey(document.shipmentId, 'documents') }),
    onError: notifyTrouble,
  });
  const checked = verify.isPending ? verify.variables : document.isVerified;
  return (
    <Switch
      size="sm"
      label={checked ? 'Verified' : 'Not verified'}
      aria-label={`${document.fileName} is verified`}
      checked={checked}
      disabled={!editable || verify.isPending}
      onChange={(event) => verify.mutate(event.currentTarget.checked)}
    />
  );
};
