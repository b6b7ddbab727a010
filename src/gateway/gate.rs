//! The last calls of a build: graphs become references, tests that an image waits for are run, and what only a look at the
//! programs tells is asked.
//!
//! Invariant: no graph has an edge for that, so that an image is the same with and without tests; its keys, too.

use super::client::Daemon;
use super::failure::Failure;
use super::options::Options;
use super::result::Image;
use super::target::Target;
use super::{licenses, linkage};
use crate::golang::Files;
use crate::plan::{Built, Findings, Goal, Inputs};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

/// Hands the graphs to the daemon, which computes them when the result is exported; where tests must pass first, now.
pub(super) async fn solve(
    daemon: &Daemon,
    planned: Vec<(Inputs<'_>, Built)>,
    options: &Options,
    wanted: &Target,
    files: &Files,
) -> Result<Vec<Image>, Failure> {
    let imports = &options.cache_imports;
    let questions = planned.iter().flat_map(|(inputs, built)| {
        let linkage = linkage::Question::of(inputs, built.unproven.clone(), imports).map(Question::Linkage);
        let licenses = licenses::Question::of(inputs, built, files, imports).map(Question::Licenses);
        linkage.into_iter().chain(licenses)
    });
    let questions: Vec<Question> = questions.collect();
    let (results, gates): (Vec<_>, Vec<_>) =
        planned.into_iter().partition(|(inputs, _)| inputs.goal == wanted.goal);
    if let [(_, gate)] = gates.as_slice() {
        return pass(daemon, results, gate, questions, options).await;
    }
    ask(daemon, questions).await?;
    let mut images = Vec::new();
    for (inputs, built) in results {
        let doing = doing(inputs.goal);
        let reference = match wanted.goal {
            // So that it is we who say what failed.
            Goal::Test(_) | Goal::Vulncheck(_) => {
                daemon.evaluate(doing, &built.output, &options.cache_imports).await?
            }
            _ => daemon.solve(doing, &built.output, &options.cache_imports).await?,
        };
        images.push(Image { platform: inputs.platform.clone(), reference, built });
    }
    Ok(images)
}

/// What a build leaves open until there are programs.
enum Question {
    /// Whether they can be started where they are put.
    Linkage(linkage::Question),
    /// Whether what is linked is accepted.
    Licenses(licenses::Question),
}

impl Question {
    async fn answer(self, daemon: Daemon) -> Result<(), Failure> {
        match self {
            Question::Linkage(question) => question.answer(daemon).await,
            Question::Licenses(question) => question.answer(daemon).await,
        }
    }
}

/// Whether the programs are as they should be; of several that are not the first by platform is told.
async fn ask(daemon: &Daemon, questions: Vec<Question>) -> Result<(), Failure> {
    let mut calls = JoinSet::new();
    for (number, question) in questions.into_iter().enumerate() {
        let daemon = daemon.clone();
        calls.spawn(async move { (number, question.answer(daemon).await) });
    }
    let mut answers = BTreeMap::new();
    while let Some(call) = calls.join_next().await {
        let (number, answer) = call.map_err(|error| Failure::Internal(error.to_string()))?;
        answers.insert(number, answer);
    }
    answers.into_values().collect()
}

fn doing(goal: Goal) -> &'static str {
    match goal {
        Goal::Image | Goal::Debug => "building the image",
        Goal::Binary => "building the program",
        Goal::Builder => "building the builder",
        Goal::Test(_) => "step [test]",
        Goal::Vulncheck(_) => "step [vulncheck]",
    }
}

/// Builds images and runs the tests that they wait for, side by side.
///
/// No graph has an edge for that, so that an image is the same with and without. What does not compile fails here and
/// there, and is told of by the image: it ends the build at once, while tests that failed wait for it.
async fn pass(
    daemon: &Daemon,
    results: Vec<(Inputs<'_>, Built)>,
    gate: &Built,
    questions: Vec<Question>,
    options: &Options,
) -> Result<Vec<Image>, Failure> {
    let imports = &options.cache_imports;
    let mut calls = JoinSet::new();
    for (number, (inputs, built)) in results.iter().enumerate() {
        let (daemon, output, imports) = (daemon.clone(), built.output.clone(), imports.clone());
        let doing = doing(inputs.goal);
        calls.spawn(async move { (number, daemon.evaluate(doing, &output, &imports).await) });
    }
    let tests = daemon.evaluate(doing(Goal::Test(Findings::Fail)), &gate.output, imports);
    let images = async {
        ask(daemon, questions).await?;
        let mut references = BTreeMap::new();
        while let Some(call) = calls.join_next().await {
            let (number, reference) = call.map_err(|error| Failure::Internal(error.to_string()))?;
            references.insert(number, reference?);
        }
        Ok::<_, Failure>(references)
    };
    tokio::pin!(tests, images);
    let mut passed = None;
    let references = loop {
        tokio::select! {
            biased;
            references = &mut images => break references?,
            result = &mut tests, if passed.is_none() => passed = Some(result),
        }
    };
    match passed {
        Some(result) => result?,
        None => tests.await?,
    };
    let images = results.into_iter().zip(references.into_values());
    Ok(images
        .map(|((inputs, built), reference)| Image { platform: inputs.platform.clone(), reference, built })
        .collect())
}
