"""Runs the examples that rules carry: does each rule hold where its author says so?

Every case is judged by the real gate, in a situation in which all is well, changed only by what the case states.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.event import Event
from agent.domain.evidence import Calendar, Contact, Evidence, Group, Material, Past, Touch
from agent.domain.fact_catalogue import CATALOGUE, PER_CANDIDATE_ROOTS
from agent.domain.facts import Fact, Status
from agent.domain.gate import Gate
from agent.domain.playbook import Playbook, applies
from agent.domain.plays import Play, Surface
from agent.domain.proposing import build, fill_params
from agent.domain.facts import FactView
from agent.domain.rules import Rule, RuleCase
from agent.playbook.benign import BENIGN
