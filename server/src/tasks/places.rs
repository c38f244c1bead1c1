//! The places of running work: so many for each connection, so that one that hangs holds up no other.
//! Knows nothing of the work itself.

use app::model::ids::ConnectionId;
use std::collections::HashMap;
use tokio::task::{Id, JoinSet};

/// Running work, by the connection it is for.
pub struct Places {
    of_each: usize,
    running: JoinSet<()>,
    held: HashMap<Id, ConnectionId>,
}

impl Places {
    /// So many places for each connection.
    pub fn new(of_each: usize) -> Self {
        Self { of_each, running: JoinSet::new(), held: HashMap::new() }
    }

    /// The connections without a free place, and how many pieces may be started whichever of the others they are for.
    pub fn find_room(&self) -> (Vec<ConnectionId>, usize) {
        let mut taken: HashMap<&ConnectionId, usize> = HashMap::new();
        for connection in self.held.values() {
            *taken.entry(connection).or_default() += 1;
        }
        let most = taken.values().filter(|taken| **taken < self.of_each).max();
        let room = self.of_each - most.unwrap_or(&0);
        let full = taken.iter().filter(|(_, taken)| **taken >= self.of_each).map(|(full, _)| (*full).clone());
        (full.collect(), room)
    }

    /// Starts work for a connection.
    pub fn start(&mut self, connection: ConnectionId, work: impl Future<Output = ()> + Send + 'static) {
        let id = self.running.spawn(work).id();
        self.held.insert(id, connection);
    }

    /// Waits until some work has ended, however it ended. Nothing is lost when the waiting is given up.
    pub async fn wait_for_one(&mut self) {
        let id = match self.running.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => return,
        };
        self.held.remove(&id);
    }

    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Places;
    use app::model::ids::ConnectionId;

    #[tokio::test]
    async fn g10_a_connection_without_free_places_leaves_those_of_the_others() {
        let (one, other) = (ConnectionId::new("one"), ConnectionId::new("other"));
        let mut places = Places::new(2);
        assert_eq!(places.find_room(), (Vec::new(), 2));
        places.start(one.clone(), async {});
        assert_eq!(places.find_room(), (Vec::new(), 1), "whoever it is for, it fits");
        places.start(one.clone(), std::future::pending());
        assert_eq!(places.find_room(), (vec![one], 2));
        places.start(other, std::future::pending());
        assert_eq!(places.find_room().1, 1);
        places.wait_for_one().await;
        assert_eq!(places.find_room(), (Vec::new(), 1));
        assert!(!places.is_empty());
    }
}
