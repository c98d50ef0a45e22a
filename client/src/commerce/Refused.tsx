import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { clock } from '../app/time.ts';
import { OrderBadge, PaymentBadge } from './Badges.tsx';
import { nextOf, paymentNext } from './orderStatus.ts';
import { labelOf, type Move, type useMove } from './useMove.ts';

const allows = (move: Move) =>
  move.field === 'status' ? nextOf(move.order.status).includes(move.to) : paymentNext(move.order).includes(move.to);

/** A change that was not made: what the order is now, and the choice; or why the server refused it. */
export const Refused = ({ moving }: { moving: ReturnType<typeof useMove> }) => {
  const { refused, error, clear, move, busy } = moving;
  if (!refused && !error) return null;
  return (
    <Modal
      opened
      onClose={clear}
      title={refused ? `${refused.order.orderNumber} changed meanwhile` : 'Not changed'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="md">
        {refused ? (
          <>
            <Text size="sm">
              Somebody changed it at {clock(refused.order.updatedAt)}, before your “{labelOf(refused)}” arrived. It is
              now:
            </Text>
            <Group gap="sm">
              <OrderBadge status={refused.order.status} />
              <PaymentBadge status={refused.order.paymentStatus} />
            </Group>
            {!allows(refused) && <Text size="sm">From there, “{labelOf(refused)}” is no longer possible.</Text>}
          </>
        ) : (
          <FormTrouble error={error} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={clear} data-autofocus>
            {refused ? 'Leave it so' : 'Back'}
          </Button>
          {refused && allows(refused) && (
            <Button loading={!!busy} onClick={() => move(refused)}>
              {labelOf(refused)} anyway
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
};
