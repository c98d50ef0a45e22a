import { ActionIcon, Button, Progress, Text } from '@mantine/core';
import { Upload as UploadIcon, X } from 'lucide-react';
import { sentence } from '../app/problem.ts';
import classes from './Documents.module.css';
import { size } from './documentTypes.ts';
import type { Upload } from './useUploads.ts';

type Props = { upload: Upload; onRetry: () => void; onDrop: () => void };

export const UploadRow = ({ upload: { file, progress, error }, onRetry, onDrop }: Props) => {
  const failure = error ? sentence(error) : undefined;
  const percent = Math.round(progress * 100);
  return (
    <li className={classes.row}>
      <span className={classes.kind}>
        <UploadIcon size={18} aria-hidden />
      </span>
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600} truncate>
          {file.name}
        </Text>
        {failure ? (
          <Text size="xs" c="red.8" role="alert">
            {failure.title} {failure.next}
          </Text>
        ) : (
          <>
            <Progress value={percent} size="sm" my={4} aria-label={`Upload of ${file.name}`} />
            <Text size="xs" c="dimmed">
              {percent < 100 ? `${percent} % of ${size(file.size)}` : 'Sent; being checked and stored'}
            </Text>
          </>
        )}
      </div>
      <div className={classes.actions}>
        {failure && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        <ActionIcon variant="subtle" color="gray" aria-label={`Drop the upload of ${file.name}`} onClick={onDrop}>
          <X size={17} aria-hidden />
        </ActionIcon>
      </div>
    </li>
  );
};
