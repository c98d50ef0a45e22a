import { Alert, Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { GitCompareArrows } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { Vendor } from '../../../server/contract/vendors.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { useChange } from './useChange.ts';

const FIELDS = ['name', 'category', 'description'] as const;
type Field = (typeof FIELDS)[number];
type Texts = Record<Field, string>;

const textsOf = (vendor: Vendor): Texts => ({
  name: vendor.name,
  category: vendor.category ?? '',
  description: vendor.description ?? '',
});

/** Edits what customers read. What somebody else changed meanwhile is shown, and nothing of it is overwritten unseen. */
export const EditVendor = ({ vendor, onClose }: { vendor: Vendor; onClose: () => void }) => {
  const [base, setBase] = useState(vendor);
  const [typed, setTyped] = useState(() => textsOf(vendor));
  const save = useChange(vendor.id);
  const before = textsOf(base);
  const theirs = textsOf(vendor);
  const changed = FIELDS.filter((field) => typed[field].trim() !== before[field]);
  const moved = FIELDS.filter((field) => theirs[field] !== before[field]);
  const stale = save.error instanceof ApiError && save.error.code === 'STALE';
  const fields = save.error instanceof ApiError ? save.error.fields : {};

  const set = (field: Field) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setTyped((current) => ({ ...current, [field]: value }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed.length === 0) return onClose();
    const change = Object.fromEntries(changed.map((field) => [field, typed[field].trim() || null]));
    // Opening or closing meanwhile touches none of these texts: that needs no question.
    const version = moved.length === 0 ? vendor.version : base.version;
    save.mutate(
      { change, version },
      {
        onSuccess: () => {
          notifyDone('Saved. Customers see it already.');
          onClose();
        },
      },
    );
  };
  const takeTheirs = () => {
    setTyped(theirs);
    setBase(vendor);
    save.reset();
  };
  const keepMine = () => {
    // Only what was typed here stays; what only they changed is taken over.
    setTyped((current) => ({
      ...theirs,
      ...Object.fromEntries(changed.map((field) => [field, current[field]])),
    }));
    setBase(vendor);
    save.reset();
  };

  return (
    <Modal opened onClose={onClose} title={`Edit ${vendor.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            required
            maxLength={200}
            data-autofocus
            value={typed.name}
            error={fields.name}
            onChange={set('name')}
          />
          <TextInput
            label="Category"
            description="One or two words, such as Coffee or Street food"
            maxLength={100}
            value={typed.category}
            error={fields.category}
            onChange={set('category')}
          />
          <Textarea
            label="Description"
            description="What you offer today"
            autosize
            minRows={3}
            maxRows={10}
            maxLength={2000}
            value={typed.description}
            error={fields.description}
            onChange={set('description')}
          />
          {moved.length > 0 ? (
            <Alert
              color="yellow"
              variant="light"
              role="alert"
              data-testid="meanwhile"
              icon={<GitCompareArrows size={18} aria-hidden />}
              title={stale ? 'Not saved: this changed while you were editing' : 'This changed while you were editing'}
            >
              {moved.map((field) => (
                <Text size="sm" key={field}>
                  The {field} is now <b>{theirs[field] || 'empty'}</b>
                </Text>
              ))}
              <Group gap="xs" mt="sm">
                <Button size="xs" variant="default" onClick={takeTheirs}>
                  Take theirs
                </Button>
                <Button size="xs" onClick={keepMine}>
                  Keep mine
                </Button>
              </Group>
            </Alert>
          ) : (
            <>
              <FormTrouble error={save.error} />
              <Group justify="flex-end" gap="xs">
                <Button variant="default" onClick={onClose}>
                  Back
                </Button>
                <Button type="submit" loading={save.isPending} disabled={!typed.name.trim() || changed.length === 0}>
                  Save
                </Button>
              </Group>
            </>
          )}
        </Stack>
      </form>
    </Modal>
  );
};
