"""One run of one peer on the reference scenario, in that peer's own Python: `python peers.py NAME scenario.npz`.

Needs NumPy and the peer, nothing of this project. Prints one line of JSON: CPU seconds of the run (building the
network and the model excluded), the share who heard, what was run, and versions. Exits with status 3 when the peer is
not installed.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import math
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

#: Rates a day of the SIR peers, which know no stifling: chosen so that about as many hear (0.91).
SIR_TRANSMISSION, SIR_FORGETTING, DAYS, TICK = 0.0215, 0.15, 75.0, 0.25


def edges(data):
    """Return each undirected tie once: first, second, weight."""
    once = data["source"] < data["target"]
    return data["source"][once], data["target"][once], data["weight"][once]


def graph(data):
    """Return the weighted networkx graph."""
    import networkx as nx

    made = nx.Graph()
    made.add_nodes_from(range(int(data["people"])))
    made.add_weighted_edges_from(zip(*(column.tolist() for column in edges(data)), strict=True))
    return made


def mesa(data):
    """Mesa as its own examples do it: a FixedAgent in every cell of a Network, and AgentSet.shuffle_do."""
    import random

    from mesa.discrete_space import FixedAgent, Network

    made = graph(data)

    class Person(FixedAgent):
        def __init__(self, model, cell):
            super().__init__(model)
            self.cell, self.knows, self.tells, self.pressure, self.met = cell, False, False, 0.0, 0.0

        def talk(self):
            if self.tells:
                self.met = 0.0
                ties = made[self.cell.coordinate]
                for other in self.cell.neighborhood.agents:
                    weight = ties[other.cell.coordinate]["weight"]
                    if other.knows:
                        self.met += weight
                    else:
                        other.pressure += weight

        decide = _mesa_decide

    model = _mesa_model(data, lambda model: Network(made, random=random.Random(1)), Person)
    return _mesa_run(model, data, "shuffle_do"), "Maki-Thompson with forgetting, the same model", ["mesa"]


def mesa_lists(data):
    """Mesa tuned by hand: agents that keep plain lists of contacts, AgentSet.do without shuffling."""
    import mesa

    class Person(mesa.Agent):
        def __init__(self, model, cell):
            super().__init__(model)
            self.contacts, self.knows, self.tells, self.pressure, self.met = [], False, False, 0.0, 0.0

        def talk(self):
            if self.tells:
                self.met = 0.0
                for other, weight in self.contacts:
                    if other.knows:
                        self.met += weight
                    else:
                        other.pressure += weight

        decide = _mesa_decide

    model = _mesa_model(data, lambda model: None, Person)
    people = list(model.agents)
    for source, target, weight in zip(*(data[k].tolist() for k in ("source", "target", "weight")), strict=True):
        people[source].contacts.append((people[target], weight))
    return _mesa_run(model, data, "do"), "Maki-Thompson with forgetting, the same model", ["mesa"]


def _mesa_decide(agent):
    model = agent.model
    if agent.tells:
        hazard = model.stifling_rate * agent.met + model.forgetting_rate
        if agent.random.random() < 1 - math.exp(-hazard * model.tick_days):
            agent.tells = False
    elif agent.pressure > 0.0:
        if agent.random.random() < 1 - math.exp(-model.rate * agent.pressure * model.tick_days):
            agent.knows = agent.tells = True
        agent.pressure = 0.0


def _mesa_model(data, make_space, person):
    import mesa

    model = mesa.Model(seed=1)
    for name in ("stifling_rate", "forgetting_rate", "tick_days"):
        setattr(model, name, float(data[name]))
    space = make_space(model)
    cells = [None] * int(data["people"]) if space is None else list(space.all_cells.cells)
    people = list(person.create_agents(model, int(data["people"]), cells))
    for number in data["initial"].tolist():
        people[number].knows = people[number].tells = True
    return model


def _mesa_run(model, data, activation):
    rates = data["transmission_rates"].tolist()

    def run():
        for rate in rates:
            model.rate = rate
            getattr(model.agents, activation)("talk")
            getattr(model.agents, activation)("decide")
        return sum(agent.knows for agent in model.agents) / len(model.agents)

    return run


def ndlib(data):
    """NDlib's own SIRModel, unweighted."""
    from ndlib.models import ModelConfig as configuration
    from ndlib.models.epidemics import SIRModel

    model = SIRModel(graph(data), seed=1)
    config = configuration.Configuration()
    config.add_model_parameter("beta", 1 - float(np.exp(-SIR_TRANSMISSION * TICK)))
    config.add_model_parameter("gamma", 1 - float(np.exp(-SIR_FORGETTING * TICK)))
    config.add_model_initial_configuration("Infected", data["initial"].tolist())
    model.set_initial_status(config)

    def run():
        for _ in range(len(data["transmission_rates"])):
            count = model.iteration(node_status=False)["node_count"]
        return 1 - count[0] / int(data["people"])

    return run, "SIR in ticks, unweighted", ["ndlib"]


def eon(data):
    """EoN's event-driven fast_SIR, weighted."""
    import EoN

    made = graph(data)
    first = data["initial"].tolist()

    def run():
        ignorant = EoN.fast_SIR(
            made, SIR_TRANSMISSION, SIR_FORGETTING, initial_infecteds=first, transmission_weight="weight", tmax=DAYS
        )[1]
        return 1 - ignorant[-1] / int(data["people"])

    return run, "SIR in continuous time, weighted", ["EoN"]


def fastgemf(data):
    """FastGEMF's rumor; stiflers act on a second and third copy of the layer with rate names of their own."""
    import fastgemf as fg
    from scipy import sparse

    people = int(data["people"])
    matrix = sparse.csr_matrix((data["weight"].astype(float), (data["source"], data["target"])), shape=(people, people))
    schema = fg.ModelSchema("rumor").define_compartment(["ignorant", "spreader", "stifler"])
    for layer in ("tell", "meet_spreader", "meet_stifler"):
        schema.add_network_layer(layer)
    schema.add_node_transition(name="forget", from_state="spreader", to_state="stifler", rate="delta")
    for name, begin, end, inducer, layer, rate in (
        ("hear", "ignorant", "spreader", "spreader", "tell", "beta"),
        ("stifle", "spreader", "stifler", "spreader", "meet_spreader", "alpha"),
        ("stifle_too", "spreader", "stifler", "stifler", "meet_stifler", "omega"),
    ):
        schema.add_edge_interaction(
            name=name, from_state=begin, to_state=end, inducer=inducer, network_layer=layer, rate=rate
        )
    stifling = float(data["stifling_rate"])
    made = fg.ModelConfiguration(schema).add_parameter(
        beta=float(data["transmission_rates"].mean()),
        alpha=stifling,
        omega=stifling,
        delta=float(data["forgetting_rate"]),
    )
    made.get_networks(tell=matrix, meet_spreader=matrix, meet_stifler=matrix)
    share = 100.0 * len(data["initial"]) / people
    simulation = fg.Simulation(
        made,
        initial_condition={"percentage": {"ignorant": 100 - share, "spreader": share, "stifler": 0}},
        stop_condition={"time": DAYS},
        nsim=1,
    )

    def run():
        simulation.run()
        counts = simulation.get_results()[1]
        return float(1 - np.asarray(counts)[0, -1] / people)

    return run, "Maki-Thompson with forgetting in continuous time, one constant rate", ["fastgemf"]


def starsim(data):
    """Starsim's SIR on a static network with the weights as edge betas."""
    import starsim as ss

    made = graph(data)
    people, ticks = int(data["people"]), len(data["transmission_rates"])
    disease = ss.SIR(
        beta=ss.perday(SIR_TRANSMISSION * TICK),
        init_prev=ss.bernoulli(len(data["initial"]) / people),
        dur_inf=ss.expon(scale=ss.days(1 / (SIR_FORGETTING * TICK))),
        p_death=0,
    )
    network = ss.StaticNet(graph=made)
    simulation = ss.Sim(
        n_agents=people,
        networks=network,
        diseases=disease,
        start=ss.days(0),
        dur=ss.days(ticks),
        dt=ss.days(1),
        verbose=0,
        rand_seed=1,
    )
    simulation.init()
    weight = np.array([w for _, _, w in made.edges(data="weight")], dtype=np.float32)
    simulation.networks[0].edges.beta[:] = weight

    def run():
        simulation.run()
        sir = simulation.diseases[0]
        return float(1 - sir.susceptible.values.mean())

    return run, "SIR in ticks of a day, weighted", ["starsim"]


def networkit(data):
    """networkit's SEIR in C++, unweighted; the infectious time is 25 ticks, for the same chance per tie."""
    import networkit as nk

    nk.setNumberOfThreads(1)
    made = nk.Graph(int(data["people"]))
    for first, second, _ in zip(*(column.tolist() for column in edges(data)), strict=True):
        made.addEdge(first, second)
    simulation = nk.simulation.EpidemicSimulationSEIR(
        made,
        len(data["transmission_rates"]),
        1 - float(np.exp(-SIR_TRANSMISSION * TICK)),
        1,
        25,
        int(data["initial"][0]),
    )

    def run():
        simulation.run()
        rows = np.array(simulation.getData())
        last = rows[rows[:, 1] == rows[:, 1].max()]
        return float(1 - last[last[:, 2] == 0][0, 3] / int(data["people"]))

    return run, "SEIR in ticks, unweighted, C++", ["networkit"]


PEERS: dict[str, Callable] = {
    "mesa": mesa,
    "mesa_lists": mesa_lists,
    "ndlib": ndlib,
    "eon": eon,
    "fastgemf": fastgemf,
    "starsim": starsim,
    "networkit": networkit,
}


def main(name: str, path: str) -> None:
    """Run a peer once and print what it took."""
    warnings.simplefilter("ignore")
    with np.load(path) as stored:
        data = {key: stored[key] for key in stored.files}
    for _ in range(10):
        # A run that dies out at once (networkit starts from one person only) says nothing about speed.
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                run, model, packages = PEERS[name](data)
        except ImportError as missing:
            print(f"not installed: {missing}", file=sys.stderr)
            sys.exit(3)
        with contextlib.redirect_stdout(io.StringIO()):
            begin = time.process_time()
            share = run()
            took = time.process_time() - begin
        if share > 0.5:
            break
    versions = {package: importlib.metadata.version(package) for package in packages}
    print(json.dumps({"cpu_seconds": took, "share_heard": share, "model": model, "versions": versions}, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
